// A service without a framework: GET /health, and GET /duration?of=2h in milliseconds.
"use strict";

const http = require("node:http");
const ms = require("ms");

const port = Number(process.env.PORT || 3000);

function answer(url) {
  if (url.pathname === "/health") return [200, { status: "ok" }];
  if (url.pathname !== "/duration") return [404, { error: "nothing here" }];
  const of = url.searchParams.get("of") || "1h";
  const milliseconds = of.length < 100 ? ms(of) : undefined;
  if (milliseconds === undefined) return [400, { error: "no duration: write 2h or 3 days" }];
  return [200, { of, milliseconds, words: ms(milliseconds, { long: true }) }];
}

const server = http.createServer((request, response) => {
  const [status, body] = answer(new URL(request.url, "http://localhost"));
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
});

server.listen(port, "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
