// The service, without its port: GET /health, and GET /words?of=42.
import compress from "@fastify/compress";
import helmet from "@fastify/helmet";
import Fastify, { type FastifyInstance } from "fastify";
import { toOrdinal, toWords } from "number-to-words";
import { z } from "zod";

const Question = z.object({ of: z.coerce.number().int().safe().default(1) });

export async function build(): Promise<FastifyInstance> {
  const app = Fastify({ logger: process.env.NODE_ENV !== "test" });
  await app.register(helmet);
  await app.register(compress);
  app.get("/health", async () => ({ status: "ok" }));
  app.get("/words", async (request, reply) => {
    const question = Question.safeParse(request.query);
    if (!question.success) return reply.code(400).send({ error: "no whole number: write 42" });
    const { of } = question.data;
    return { of, words: toWords(of), ordinal: toOrdinal(of) };
  });
  return app;
}
