import { build } from "./app";

async function main(): Promise<void> {
  const app = await build();
  await app.listen({ port: Number(process.env.PORT || 3000), host: "0.0.0.0" });
  process.on("SIGTERM", () => void app.close().then(() => process.exit(0)));
}

void main();
