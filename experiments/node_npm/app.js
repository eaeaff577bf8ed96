// The service, without its port: GET /health, and GET /duration?of=2h in milliseconds.
"use strict";

const compression = require("compression");
const express = require("express");
const helmet = require("helmet");
const morgan = require("morgan");
const ms = require("ms");

const LONGEST = 100;
const app = express();
app.use(helmet());
app.use(compression());
if (process.env.NODE_ENV !== "test") app.use(morgan("combined"));

app.get("/health", (request, response) => response.json({ status: "ok" }));

app.get("/duration", (request, response) => {
  const of = String(request.query.of || "1h");
  const milliseconds = of.length < LONGEST ? ms(of) : undefined;
  if (milliseconds === undefined) {
    return response.status(400).json({ error: "no duration: write 2h or 3 days" });
  }
  return response.json({ of, milliseconds, words: ms(milliseconds, { long: true }) });
});

app.use((request, response) => response.status(404).json({ error: "nothing here" }));

module.exports = app;
