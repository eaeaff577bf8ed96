"use strict";

const app = require("./app");

const port = Number(process.env.PORT || 3000);
const server = app.listen(port, "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
