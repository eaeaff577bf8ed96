import { expect, test } from "vitest";
import { build } from "./app";

test("a number has words and an ordinal", async () => {
  const app = await build();
  const answer = await app.inject({ url: "/words", query: { of: "42" } });
  expect(answer.json()).toEqual({ of: 42, words: "forty-two", ordinal: "42nd" });
});
