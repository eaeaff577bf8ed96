// A service without a framework: GET /health, and GET /words?of=42.
import http from "node:http";
import { toOrdinal, toWords } from "number-to-words";

const port = Number(process.env.PORT || 3000);

function answer(url: URL): [number, object] {
  if (url.pathname === "/health") return [200, { status: "ok" }];
  if (url.pathname !== "/words") return [404, { error: "nothing here" }];
  const of = Number(url.searchParams.get("of") ?? "1");
  if (!Number.isSafeInteger(of)) return [400, { error: "no whole number: write 42" }];
  return [200, { of, words: toWords(of), ordinal: toOrdinal(of) }];
}

const server = http.createServer((request, response) => {
  const [status, body] = answer(new URL(request.url ?? "/", "http://localhost"));
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
});

server.listen(port, "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
