"""Runs a Python handler behind the Lambda Runtime API.

It imports little: every module here is a part of each cold start. The answer to one event and the
request for the next leave in one write, which saves a round trip for each invocation.
"""
import sys
import _socket
import json
import os
import time

EVENT_MARK = b"\0\xa5Z\x01"
EVENT_LIMIT = 256 * 1024
API = "/2018-06-01/runtime/"
NO_BREAK = "\u00a0"

request_id = None


class Fault(Exception):
    """An error that the runtime itself reports, by its Lambda type."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.trace = trace


class Api:
    """One kept connection to the Runtime API."""

    def __init__(self, address):
        host, port = address.split(":")
        self.host = address
        self.socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self.socket.connect((host, int(port)))
        self.socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.pending = b""
        self.next = self.head("GET", "invocation/next")

    def head(self, method, path, *headers):
        lines = ["%s %s%s HTTP/1.1" % (method, API, path), "Host: " + self.host]
        lines.extend(headers)
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def post(self, path, body, *headers):
        return self.head("POST", path, "Content-Length: %d" % len(body), *headers) + body

    def send(self, data):
        view = memoryview(data)
        while view:
            view = view[self.socket.send(view):]

    def receive(self):
        """Reads one response: its status, its headers with lower-case names, its body."""
        while True:
            end = self.pending.find(b"\r\n\r\n")
            if end >= 0:
                break
            self.pending += self.chunk()
        lines = self.pending[:end].decode("utf-8", "replace").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = self.pending[end + 4:]
        length = int(headers.get("content-length", 0))
        if len(body) < length:
            parts = [body]
            missing = length - len(body)
            while missing > 0:
                part = self.chunk()
                parts.append(part)
                missing -= len(part)
            body = b"".join(parts)
        self.pending = body[length:]
        return int(lines[0].split(" ", 2)[1]), headers, body[:length]

    def chunk(self):
        data = self.socket.recv(256 * 1024)
        if not data:
            os._exit(0)  # the host has gone
        return data


class CognitoIdentity:
    def __init__(self, given):
        self.cognito_identity_id = given.get("cognitoIdentityId")
        self.cognito_identity_pool_id = given.get("cognitoIdentityPoolId")

    def __repr__(self):
        return "CognitoIdentity([cognito_identity_id=%s,cognito_identity_pool_id=%s])" % (
            self.cognito_identity_id, self.cognito_identity_pool_id)


class Client:
    def __init__(self, given):
        self.installation_id = given.get("installation_id")
        self.app_title = given.get("app_title")
        self.app_version_name = given.get("app_version_name")
        self.app_version_code = given.get("app_version_code")
        self.app_package_name = given.get("app_package_name")


class ClientContext:
    def __init__(self, given):
        self.custom = given.get("custom")
        self.env = given.get("env")
        self.client = Client(given["client"]) if given.get("client") else None


class LambdaContext:
    """What a handler gets as its second argument."""

    def __init__(self, headers):
        environment = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.client_context = None
        given = parsed(headers, "lambda-runtime-client-context", "Client Context")
        if given:
            self.client_context = ClientContext(given)
        given = parsed(headers, "lambda-runtime-cognito-identity", "Cognito Identity")
        self.identity = CognitoIdentity(given or {})
        self._epoch_deadline_time_in_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        return "LambdaContext([aws_request_id=%s,log_group_name=%s,log_stream_name=%s," \
            "function_name=%s,memory_limit_in_mb=%s,function_version=%s," \
            "invoked_function_arn=%s,client_context=%s,identity=%s,tenant_id=%s])" % (
                self.aws_request_id, self.log_group_name, self.log_stream_name,
                self.function_name, self.memory_limit_in_mb, self.function_version,
                self.invoked_function_arn, self.client_context, self.identity, self.tenant_id)


def parsed(headers, name, title):
    if name not in headers:
        return None
    try:
        return json.loads(headers[name])
    except Exception as error:
        raise Fault("Runtime.LambdaContextUnmarshalError",
                    "Unable to parse %s JSON: %s" % (title, error))


def write_event(text):
    """Writes one log event, which may have several lines, in order with what is printed."""
    data = text.encode("utf-8", "backslashreplace")[:EVENT_LIMIT]
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    view = memoryview(EVENT_MARK + len(data).to_bytes(4, "little") + data)
    while view:
        view = view[os.write(2, view):]


def timestamp():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def is_json_log():
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


def setup_logging(logging):
    """Configures the root logger as Lambda does; runs when the function first imports logging."""
    usual = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
        "message", "asctime", "aws_request_id", "taskName"}

    class Json(logging.Formatter):
        def format(self, record):
            entry = {
                "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
                "level": record.levelname,
                "message": record.getMessage(),
                "logger": record.name,
            }
            if record.exc_info:
                kind, value, trace = record.exc_info
                entry["stackTrace"] = frames(trace)
                entry["errorType"] = kind.__name__ if kind else None
                entry["errorMessage"] = str(value)
                entry["location"] = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
            entry["requestId"] = request_id
            entry.update((k, v) for k, v in vars(record).items() if k not in usual)
            kept = {k: v for k, v in entry.items() if v is not None}
            return json.dumps(kept, ensure_ascii=False, default=str)

    class Handler(logging.Handler):
        def emit(self, record):
            try:
                record.aws_request_id = request_id or ""
                write_event(self.format(record))
            except Exception:
                self.handleError(record)

    logging.Formatter.converter = time.gmtime
    handler = Handler()
    if is_json_log():
        handler.setFormatter(Json())
    else:
        handler.setFormatter(logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
            "%Y-%m-%dT%H:%M:%S"))
    root = logging.getLogger()
    level = {"TRACE": "DEBUG", "FATAL": "CRITICAL", "WARN": "WARNING"}
    wanted = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    wanted = level.get(wanted, wanted)
    if wanted in logging._nameToLevel:
        root.setLevel(wanted)
    root.addHandler(handler)


class LoggingOnImport:
    """Lets functions that never log start without the cost of the logging module."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(cls)
        import importlib.util
        spec = importlib.util.find_spec(name)
        if spec is None or not hasattr(spec.loader, "exec_module"):
            return spec
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            setup_logging(module)

        spec.loader.exec_module = exec_module
        return spec


def frames(trace):
    """The traceback's entries as text, without those of this file."""
    import traceback
    entries = traceback.extract_tb(trace)
    first = next((i for i, entry in enumerate(entries)
                  if not entry.filename.startswith(("/var/runtime/bootstrap", "<frozen importlib"))),
                 0)
    return traceback.format_list(entries[first:])


def report(kind, message, trace, logged=True):
    """Logs an error as Lambda does and gives its document."""
    document = {"errorMessage": message or "", "errorType": kind or "",
                "requestId": request_id or "", "stackTrace": trace or []}
    if not logged:
        pass
    elif is_json_log():
        write_event(dumps(dict({"timestamp": timestamp(), "level": "ERROR"}, **document)))
    else:
        lines = ["[ERROR] " + kind + (": " + message if message else "")]
        lines.append("Traceback (most recent call last):")
        for entry in document["stackTrace"]:
            for line in entry.splitlines() or [""]:
                text = line.lstrip(" ")
                lines.append(NO_BREAK * (len(line) - len(text)) + text)
        write_event("\n".join(lines))
    return dumps(document).encode("utf-8", "backslashreplace")


def report_exception():
    kind, value, trace = sys.exc_info()
    if isinstance(value, Fault):
        return value.kind, report(value.kind, value.message, value.trace)
    return kind.__name__, report(kind.__name__, str(value), frames(trace))


class RawNumber(float):
    """A number that is written as its text: how a Decimal keeps its digits."""

    def __new__(cls, text):
        self = float.__new__(cls, 0)
        self.text = text
        return self

    def __repr__(self):
        return self.text


def undecimal(value):
    if isinstance(value, dict):
        return {k: undecimal(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [undecimal(v) for v in value]
    decimal = sys.modules.get("decimal")
    if decimal and isinstance(value, decimal.Decimal):
        return float("nan") if value.is_nan() else RawNumber(str(value))
    return value


# The newest runtimes write letters beyond ASCII as they are, older ones as escapes.
ASCII = sys.version_info < (3, 12)
encode = json.JSONEncoder(ensure_ascii=ASCII).encode


def encode_slowly(value):
    class Encoder(json.JSONEncoder):
        def iterencode(self, o, _one_shot=False):
            return json.encoder._make_iterencode(
                {}, self.default, json.encoder.encode_basestring_ascii if ASCII
                else json.encoder.encode_basestring, None,
                lambda f: f.text if isinstance(f, RawNumber) else _float(f),
                ": ", ", ", False, False, _one_shot)(o, 0)

    def _float(value):
        if value != value:
            return "NaN"
        if value in (float("inf"), float("-inf")):
            return "Infinity" if value > 0 else "-Infinity"
        return float.__repr__(value)

    return "".join(Encoder().iterencode(undecimal(value)))


def dumps(value):
    try:
        return encode(value)
    except TypeError:
        if "decimal" not in sys.modules:
            raise
        return encode_slowly(value)


def marshal(value):
    if isinstance(value, bytes):
        return value, "application/unknown"
    try:
        return dumps(value).encode("utf-8"), "application/json"
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)


def unmarshal(body):
    try:
        return json.loads(body)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)


def find_handler(name):
    module_name, dot, function = name.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to "
                    "unpack (expected 2, got 1)" % name)
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict",
                    "Cannot use built-in module %s as a handler module" % module_name)
    import importlib
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError",
                    "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise Fault("Runtime.UserCodeSyntaxError",
                    "Syntax error in module '%s': %s" % (module_name, error), trace)
    try:
        return getattr(module, function)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound",
                    "Handler '%s' missing on module '%s'" % (function, module_name))


def set_up(extra):
    """Search path, streams and built-ins as a function finds them on Lambda."""
    own = {os.path.dirname(os.path.abspath(__file__)), ""}
    library = [path for path in sys.path if path not in own]
    folder = "/opt/python/lib/python%d.%d/site-packages" % sys.version_info[:2]
    sys.path[:] = ["/var/task", folder, "/opt/python"] + extra + ["/var/runtime"] + library
    sys.argv[:] = [""]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    try:  # what the skipped `site` module would have added
        import builtins
        import _sitebuiltins
        builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
        builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    except ImportError:
        pass
    sys.meta_path.insert(0, LoggingOnImport)


def answer(api, handler, headers, body):
    """Runs the handler for one event; gives the request that carries its answer."""
    global request_id
    request_id = headers["lambda-runtime-aws-request-id"]
    trace = headers.get("lambda-runtime-trace-id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    call = "invocation/" + request_id
    try:
        result, kind = marshal(handler(unmarshal(body), LambdaContext(headers)))
        request = api.post(call + "/response", result, "Content-Type: " + kind)
    except Exception:
        kind, document = report_exception()
        request = api.post(call + "/error", document,
                           "Lambda-Runtime-Function-Error-Type: " + kind)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    return request


def main():
    set_up(sys.argv[1:])
    api = Api(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = find_handler(os.environ["_HANDLER"])
    except Exception:
        kind, document = report_exception()
        api.send(api.post("init/error", document, "Lambda-Runtime-Function-Error-Type: " + kind))
        api.receive()
        sys.exit(1)
    request = b""
    while True:
        api.send(request + api.next if request else api.next)
        if request:
            api.receive()  # a refusal has already reached the caller
        status, headers, body = api.receive()
        if status != 200:
            sys.exit("the Runtime API answered %d" % status)
        request = answer(api, handler, headers, body)


main()
