"use strict";

const request = require("supertest");
const app = require("./app");

test("a duration has milliseconds and words", async () => {
  const answer = await request(app).get("/duration").query({ of: "2h" });
  expect(answer.body).toEqual({ of: "2h", milliseconds: 7200000, words: "2 hours" });
});

test("what is no duration is refused", async () => {
  const answer = await request(app).get("/duration").query({ of: "soon" });
  expect(answer.status).toBe(400);
});
