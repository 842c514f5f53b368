// Runs a JavaScript handler behind the Lambda Runtime API.
//
// One kept connection; the answer to one event and the request for the next leave in one write.

import { connect } from "node:net";
import { writeSync, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve, join, dirname, basename } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const API = "/2018-06-01/runtime/";
const EVENT_MARK = Buffer.from([0, 0xa5, 0x5a, 0x01]);
const EVENT_LIMIT = 256 * 1024;
const env = process.env;
let requestId;

// --- Log -----------------------------------------------------------------------------------

function writeEvent(text) {
  const data = Buffer.from(text).subarray(0, EVENT_LIMIT);
  const head = Buffer.alloc(8);
  EVENT_MARK.copy(head);
  head.writeUInt32LE(data.length, 4);
  let rest = Buffer.concat([head, data]);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(2, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

const LEVELS = { TRACE: 5, DEBUG: 10, INFO: 20, WARN: 30, ERROR: 40, FATAL: 50 };
const isJson = (env.AWS_LAMBDA_LOG_FORMAT ?? "").toUpperCase() === "JSON";
const lowest = LEVELS[(env.AWS_LAMBDA_LOG_LEVEL ?? "").toUpperCase()] ?? 0;

function log(level, first, ...rest) {
  if (LEVELS[level] < lowest) return;
  const time = new Date().toISOString();
  if (!isJson) {
    const id = requestId ?? "undefined";
    writeEvent(`${time}\t${id}\t${level}\t${format(first, ...rest)}`);
    return;
  }
  const entry = { timestamp: time, level, requestId };
  const error = [first, ...rest].find((value) => value instanceof Error);
  if (rest.length === 0 && typeof first === "object" && !error) entry.message = first;
  else entry.message = format(first, ...rest);
  if (error) {
    const { errorType, errorMessage, trace } = describe(error);
    Object.assign(entry, { errorType, errorMessage, stackTrace: trace.slice(1) });
  }
  let text;
  try {
    text = JSON.stringify(entry);
  } catch {
    text = JSON.stringify({ ...entry, message: format(first, ...rest) });
  }
  writeEvent(text);
}

const methods = {
  trace: "TRACE", debug: "DEBUG", info: "INFO", log: "INFO", warn: "WARN", error: "ERROR",
  fatal: "FATAL",
};
for (const [method, level] of Object.entries(methods)) {
  console[method] = (...values) => log(level, ...values);
}

// --- Errors --------------------------------------------------------------------------------

class Fault extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

function describe(error) {
  if (error instanceof Error || (error && error.stack !== undefined && error.message !== undefined)) {
    const name = String(error.name ?? "Error");
    const trace = String(error.stack ?? "").split("\n");
    if (error instanceof Fault) trace[0] = `${name}: ${error.message}`;
    return { errorType: name, errorMessage: String(error.message), trace };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function logError(title, error) {
  const document = describe(error);
  const extra = error instanceof Error ? { ...error } : {};
  const { trace, ...rest } = document;
  const body = JSON.stringify({ ...extra, ...rest, stack: trace });
  if (isJson) log("ERROR", error instanceof Error ? error : String(error));
  else log("ERROR", `${title}\t${body}`);
  return document;
}

// --- Runtime API ---------------------------------------------------------------------------

class Api {
  constructor(address) {
    const [host, port] = address.split(":");
    this.host = address;
    this.chunks = [];
    this.size = 0;
    this.waiting = [];
    this.socket = connect({ host, port: Number(port), noDelay: true });
    this.socket.on("data", (chunk) => {
      this.chunks.push(chunk);
      this.size += chunk.length;
      this.parse();
    });
    this.socket.on("close", () => process.exit(0)); // the host has gone
    this.socket.on("error", () => process.exit(1));
    this.next = this.head("GET", "invocation/next");
  }

  head(method, path, ...headers) {
    return [`${method} ${API}${path} HTTP/1.1`, `Host: ${this.host}`, ...headers, "", ""].join("\r\n");
  }

  post(path, body, ...headers) {
    const length = `Content-Length: ${Buffer.byteLength(body)}`;
    return this.head("POST", path, length, ...headers) + body;
  }

  // Sends requests and gives their responses.
  exchange(text, count) {
    const responses = Array.from({ length: count }, () =>
      new Promise((done) => this.waiting.push(done)));
    this.socket.write(text);
    return Promise.all(responses);
  }

  parse() {
    while (this.waiting.length > 0) {
      if (this.size < (this.needed ?? 0)) return;
      const all = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
      this.chunks = [all];
      const end = all.indexOf("\r\n\r\n");
      if (end < 0) return;
      const lines = all.toString("utf8", 0, end).split("\r\n");
      const headers = {};
      for (const line of lines.slice(1)) {
        const colon = line.indexOf(":");
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const length = Number(headers["content-length"] ?? 0);
      this.needed = end + 4 + length;
      if (all.length < this.needed) return;
      const body = all.toString("utf8", end + 4, this.needed);
      const rest = all.subarray(this.needed);
      this.needed = 0;
      this.chunks = rest.length > 0 ? [rest] : [];
      this.size = rest.length;
      this.waiting.shift()({ status: Number(lines[0].split(" ")[1]), headers, body });
      if (rest.length === 0) return;
    }
  }
}

// --- Handler -------------------------------------------------------------------------------

function isModulePackage(file) {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest)) {
      try {
        return JSON.parse(readFileSync(manifest, "utf8")).type === "module";
      } catch {
        return false;
      }
    }
    if (folder === dirname(folder)) return false;
  }
}

async function load(root, name) {
  const require = createRequire(join(root, "index.js"));
  const base = resolve(root, name);
  for (const extension of ["", ".js", ".mjs", ".cjs"]) {
    const file = base + extension;
    if (extension === "" ? !/\.[cm]?js$/.test(file) || !existsSync(file) : !existsSync(file)) continue;
    const isModule = file.endsWith(".mjs") || (file.endsWith(".js") && isModulePackage(file));
    return isModule ? await import(pathToFileURL(file)) : require(file);
  }
  try {
    return require(require.resolve(name, { paths: [root, "/opt/nodejs"] }));
  } catch (error) {
    if (error.code === "MODULE_NOT_FOUND") {
      throw new Fault("Runtime.ImportModuleError", `Error: Cannot find module '${basename(name)}'\nRequire stack:\n- /var/runtime/index.mjs`);
    }
    throw error;
  }
}

async function findHandler(root, text) {
  if (text.includes("..")) {
    throw new Fault("Runtime.MalformedHandlerName", `'${text}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const slash = text.lastIndexOf("/") + 1;
  const dot = text.indexOf(".", slash);
  if (dot < 0) throw new Fault("Runtime.MalformedHandlerName", "Bad handler");
  const name = text.slice(0, dot);
  const path = text.slice(dot + 1).split(".");
  let module;
  try {
    module = await load(root, name);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Fault("Runtime.UserCodeSyntaxError", `${error}`);
    if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") {
      throw new Fault("Runtime.ImportModuleError", `${error}`);
    }
    throw error;
  }
  const find = (from) => path.reduce((value, part) => value?.[part], from);
  const handler = find(module) ?? find(module?.default);
  if (handler === undefined || handler === null) {
    throw new Fault("Runtime.HandlerNotFound", `${text} is undefined or not exported`);
  }
  if (typeof handler !== "function") {
    throw new Fault("Runtime.HandlerNotFound", `${text} is not a function`);
  }
  return handler;
}

function parsed(headers, name) {
  return headers[name] ? JSON.parse(headers[name]) : undefined;
}

function makeContext(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(headers, "lambda-runtime-client-context"),
    identity: parsed(headers, "lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"],
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
  };
}

// Runs the handler. A promise answers when it settles, a callback's answer waits for the event
// loop to run empty unless told not to, and a loop that runs empty before is the answer null.
// What a handler returns that is no promise is ignored, as on Lambda.
function run(handler, event, context) {
  return new Promise((done, fail) => {
    let atIdle = () => done(null);
    const idle = () => now(atIdle);
    const now = (settle) => {
      process.removeListener("beforeExit", idle);
      api.socket.ref();
      settle();
    };
    const callback = (error, result) => {
      atIdle = () => (error !== undefined && error !== null ? fail(error) : done(result));
      if (!context.callbackWaitsForEmptyEventLoop) now(atIdle);
    };
    context.done = callback;
    context.succeed = (result) => now(() => done(result));
    context.fail = (error) => now(() => fail(error ?? new Error("handler failed")));
    process.once("beforeExit", idle);
    api.socket.unref(); // so that "nothing left to do" can be seen
    try {
      const returned = handler(event, context, callback);
      if (typeof returned?.then === "function") {
        returned.then((result) => now(() => done(result)), (error) => now(() => fail(error)));
      }
    } catch (error) {
      now(() => fail(error));
    }
  });
}

async function answer(handler, { headers, body }) {
  requestId = headers["lambda-runtime-aws-request-id"];
  const trace = headers["lambda-runtime-trace-id"];
  if (trace) env._X_AMZN_TRACE_ID = trace;
  else delete env._X_AMZN_TRACE_ID;
  const call = `invocation/${requestId}`;
  const json = "Content-Type: application/json";
  try {
    const context = makeContext(headers);
    const event = JSON.parse(body);
    const result = await run(handler, event, context);
    let text;
    try {
      text = JSON.stringify(result === undefined ? null : result) ?? "null";
    } catch (error) {
      throw new Fault("Runtime.MarshalError", `Unable to stringify response body as json: ${error.message}`);
    }
    return api.post(`${call}/response`, text, json);
  } catch (error) {
    const document = logError("Invoke Error ", error);
    const type = `Lambda-Runtime-Function-Error-Type: ${safe(document.errorType)}`;
    return api.post(`${call}/error`, JSON.stringify(document), json, type);
  }
}

function safe(text) {
  return text.replace(/[^\x20-\x7e]/g, "?");
}

async function fatal(title, error) {
  const document = logError(title, error);
  const type = `Lambda-Runtime-Function-Error-Type: ${safe(document.errorType)}`;
  const path = ready ? `invocation/${requestId}/error` : "init/error";
  await api.exchange(api.post(path, JSON.stringify(document), type), 1);
  process.exit(ready ? 128 : 1);
}

let ready = false;
const api = new Api(env.AWS_LAMBDA_RUNTIME_API);
process.on("uncaughtException", (error) => fatal("Uncaught Exception ", error));
process.on("unhandledRejection", (reason) => {
  const fault = new Fault("Runtime.UnhandledPromiseRejection", String(reason));
  fault.reason = reason;
  fatal("Unhandled Promise Rejection ", fault);
});

try {
  const handler = await findHandler(env.LAMBDA_TASK_ROOT, env._HANDLER);
  ready = true;
  let [event] = await api.exchange(api.next, 1);
  for (;;) {
    const reply = await answer(handler, event);
    [, event] = await api.exchange(reply + api.next, 2);
  }
} catch (error) {
  await fatal("Uncaught Exception ", error);
}
