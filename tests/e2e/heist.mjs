// Starts the built binary for a file of tests.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const account = "000000000000";

// A fresh instance: what clients need to know of it, and how to end it.
export async function start() {
  const binary = process.env.HEIST_BIN;
  const folder = mkdtempSync(join(tmpdir(), "heist-js-"));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_")));
  const server = spawn(binary, ["up", "--json", "--port", "0", "--data", folder], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ready = await new Promise((resolve, reject) => {
    createInterface(server.stdout).once("line", (line) => resolve(JSON.parse(line)));
    server.once("exit", (code) => reject(new Error(`heist ended with ${code}`)));
  });
  const keys = JSON.parse(execFileSync(binary, ["env", "--json", "--data", folder]));
  const credentials = { accessKeyId: keys.AWS_ACCESS_KEY_ID, secretAccessKey: keys.AWS_SECRET_ACCESS_KEY };
  const options = { endpoint: ready.endpoint, region: keys.AWS_REGION, credentials, maxAttempts: 1 };
  const stop = async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { options, stop };
}
