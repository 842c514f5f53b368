//! The Python runtime as functions see it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // helpers of tests, measuring

mod common;

use common::{invocation, isolates, json, log_text, python};
use sandbox::{Language, Outcome, StartFailure, Version, nearest};
use serde_json::json;

#[tokio::test]
async fn answers_and_stays_warm() {
    if !isolates() {
        return;
    }
    let function =
        python("n = 0\ndef handler(e, c):\n    global n\n    n += 1\n    return {'e': e, 'n': n}");
    let mut environment = function.start().await.unwrap();
    for n in 1..=3 {
        let (outcome, usage) =
            environment.invoke(invocation(&format!("r-{n}"), "{\"a\":\"ä\"}")).await;
        assert_eq!(json(&outcome), json!({"e": {"a": "ä"}, "n": n}));
        assert_eq!(usage.init_duration.is_some(), n == 1);
        assert!((5..256).contains(&usage.max_memory_mb), "{usage:?}");
    }
    assert!(environment.is_alive());
    environment.stop().await;
}

#[tokio::test]
async fn large_events_arrive_whole() {
    if !isolates() {
        return;
    }
    let event = format!("\"{}\"", "ä".repeat(3_000_000));
    let (outcome, _, _) = python("def handler(e, c): return len(e)").run(&event).await;
    assert_eq!(json(&outcome), json!(3_000_000));
}

#[tokio::test]
async fn context_has_the_documented_fields() {
    if !isolates() {
        return;
    }
    let mut function = python(
        "import os\ndef handler(e, c):\n    return [c.function_name, c.aws_request_id, c.memory_limit_in_mb,\n        c.invoked_function_arn, 0 < c.get_remaining_time_in_millis() <= 10000,\n        c.client_context.custom, c.identity.cognito_identity_id, os.environ['_X_AMZN_TRACE_ID'],\n        c.log_group_name, c.log_stream_name, c.function_version, os.getcwd()]",
    );
    function.spec.environment.push(("AWS_LAMBDA_FUNCTION_VERSION".into(), "7".into()));
    let mut environment = function.start().await.unwrap();
    let mut call = invocation("r-9", "{}");
    call.client_context = Some("{\"custom\":{\"k\":1}}".into());
    call.trace_id = Some("Root=1-5759e988-bd862e3fe1be46a994272793".into());
    let (outcome, _) = environment.invoke(call.clone()).await;
    assert_eq!(
        json(&outcome),
        json!(["example", "r-9", "256", call.function_arn, true, {"k": 1}, null,
            call.trace_id, null, null, "7", "/var/task"])
    );
}

#[tokio::test]
async fn exceptions_become_error_documents_and_log_events() {
    if !isolates() {
        return;
    }
    let function = python("def handler(e, c):\n    print('before')\n    raise ValueError('no')");
    let (outcome, _, log) = function.run("{}").await;
    let Outcome::Error { error_type, .. } = &outcome else { panic!("{outcome:?}") };
    assert_eq!(error_type, "ValueError");
    let trace = "  File \"/var/task/main.py\", line 3, in handler\n    raise ValueError('no')\n";
    assert_eq!(
        json(&outcome),
        json!({"errorMessage": "no", "errorType": "ValueError", "requestId": "r-1",
            "stackTrace": [trace]})
    );
    let event = "before\n[ERROR] ValueError: no\nTraceback (most recent call last):\n\
        \u{a0}\u{a0}File \"/var/task/main.py\", line 3, in handler\n\
        \u{a0}\u{a0}\u{a0}\u{a0}raise ValueError('no')";
    assert_eq!(log, event);
}

#[tokio::test]
async fn logging_is_configured() {
    if !isolates() {
        return;
    }
    let code = "import logging\nlogging.getLogger().setLevel('INFO')\ndef handler(e, c):\n    logging.info('two\\nlines')\n    logging.getLogger('x').warning('w %d', 1)";
    let (outcome, _, log) = python(code).run("{}").await;
    assert_eq!(json(&outcome), json!(null));
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines[0].starts_with("[INFO]\t2") && lines[0].ends_with("Z\tr-1\ttwo"), "{log}");
    assert_eq!(lines[1], "lines");
    assert!(lines[2].starts_with("[WARNING]\t") && lines[2].ends_with("\tr-1\tw 1"), "{log}");

    let mut function = python(code);
    function.spec.environment.push(("AWS_LAMBDA_LOG_FORMAT".into(), "JSON".into()));
    let (_, _, log) = function.run("{}").await;
    let first: serde_json::Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(first["message"], "two\nlines");
    assert_eq!(first["requestId"], "r-1");
    assert_eq!(first["level"], "INFO");
}

#[tokio::test]
async fn values_are_marshalled_as_on_lambda() {
    if !isolates() {
        return;
    }
    let code = "import decimal\nclass X: pass\ndef handler(e, c):\n    return {'d': decimal.Decimal('1.10'), 'x': X()} if e['bad'] else {'d': decimal.Decimal('1.10'), 's': 'ä', 'f': 1.5}";
    let function = python(code);
    let mut environment = function.start().await.unwrap();
    let (outcome, _) = environment.invoke(invocation("a", "{\"bad\":false}")).await;
    let Outcome::Response(body) = outcome else { panic!("{outcome:?}") };
    let letter = if python_version() < (3, 12, 0) { "\\u00e4" } else { "ä" };
    let expected = format!("{{\"d\": 1.10, \"s\": \"{letter}\", \"f\": 1.5}}");
    assert_eq!(body, expected);
    let (outcome, _) = environment.invoke(invocation("b", "{\"bad\":true}")).await;
    assert_eq!(json(&outcome)["errorType"], "Runtime.MarshalError");
    assert_eq!(
        json(&outcome)["errorMessage"],
        "Unable to marshal response: Object of type X is not JSON serializable"
    );
}

#[tokio::test]
async fn initialization_errors_name_their_cause() {
    if !isolates() {
        return;
    }
    let cases = [
        (
            "import nothing_here",
            "Runtime.ImportModuleError",
            "Unable to import module 'main': No module named 'nothing_here'",
        ),
        (
            "def other(e, c): pass",
            "Runtime.HandlerNotFound",
            "Handler 'handler' missing on module 'main'",
        ),
        (
            "def handler(:",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'main': invalid syntax (main.py, line 1)",
        ),
        ("raise KeyError('k')", "KeyError", "'k'"),
    ];
    for (code, kind, message) in cases {
        let error = python(code).start().await.err().expect(code);
        let StartFailure::Init { error_type, body } = &error.reason else { panic!("{error}") };
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        assert_eq!((error_type.as_str(), body["errorMessage"].as_str()), (kind, Some(message)));
        assert!(error.log[0].text.starts_with(&format!("[ERROR] {kind}: ")), "{:?}", error.log);
    }
}

#[tokio::test]
async fn handlers_live_in_folders_and_layers() {
    if !isolates() {
        return;
    }
    let mut function = python("");
    let package = function.folder.path().join("a/b.py");
    std::fs::create_dir_all(package.parent().unwrap()).unwrap();
    std::fs::write(package, "import low, high\ndef run(e, c):\n    return [low.name, high.name]")
        .unwrap();
    let layers: Vec<_> = (0..2).map(|_| tempfile::tempdir().unwrap()).collect();
    for (layer, files) in layers.iter().zip([["low", "high"].as_slice(), &["high"]]) {
        std::fs::create_dir(layer.path().join("python")).unwrap();
        for (file, name) in files.iter().zip(["first", "first"]) {
            let name = if files.len() == 1 { "second" } else { name };
            let path = layer.path().join(format!("python/{file}.py"));
            std::fs::write(path, format!("name = '{name}'")).unwrap();
        }
    }
    function.spec.layers = layers.iter().map(|layer| layer.path().to_owned()).collect();
    for handler in ["a.b.run", "a/b.run"] {
        function.spec.handler = handler.to_owned();
        assert_eq!(json(&function.run("{}").await.0), json!(["first", "second"]));
    }
}

#[tokio::test]
async fn exits_are_told() {
    if !isolates() {
        return;
    }
    let code = "import os, sys, signal\ndef handler(e, c):\n    print('bye', end='')\n    sys.stdout.flush()\n    exec(e)";
    let cases = [
        ("sys.exit(1)", "Runtime exited with error: exit status 1"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os.abort()", "Runtime exited with error: signal: aborted"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
    ];
    for (what, status) in cases {
        let function = python(code);
        let mut environment = function.start().await.unwrap();
        let (outcome, _) = environment.invoke(invocation("r", &format!("{what:?}"))).await;
        let Outcome::Exited(exit) = outcome else { panic!("{what}: {outcome:?}") };
        assert_eq!((exit.status.as_str(), exit.out_of_memory), (status, false), "{what}");
        assert!(!environment.is_alive());
        assert_eq!(log_text(&mut environment), "bye");
    }
}

fn python_version() -> Version {
    nearest(Language::Python, 3, 11).unwrap().version
}

#[tokio::test]
async fn boto3_reaches_the_endpoint() {
    if !isolates() || !nearest(Language::Python, 3, 11).is_some_and(|python| python.has_boto3) {
        return;
    }
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut function = python(
        "import boto3\ndef handler(e, c):\n    return boto3.client('sts').get_caller_identity()['Account']",
    );
    for (name, value) in [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
    ] {
        function.spec.environment.push((name.into(), value.into()));
    }
    function.spec.endpoint = Some(std::sync::Arc::new(|mut stream| {
        Box::pin(async move {
            let mut request = [0; 16 * 1024];
            let _ = stream.read(&mut request).await;
            let body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                <GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>\
                </GetCallerIdentityResponse>";
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all((head + body).as_bytes()).await;
        })
    }));
    let (outcome, usage, _) = function.run("{}").await;
    assert_eq!(json(&outcome), json!("123456789012"));
    eprintln!("python cold start with boto3: {:?}", usage.init_duration);
}

#[tokio::test]
#[ignore = "installs from the package index"]
async fn boto3_can_be_installed() {
    let without = |python: &&std::sync::Arc<sandbox::Interpreter>| {
        python.language == Language::Python && !python.has_boto3 && python.version > (3, 9, 0)
    };
    let Some(interpreter) = sandbox::runtimes().iter().find(without) else { return };
    let folder = tempfile::tempdir().unwrap();
    let install = || sandbox::prepare_python_libs(interpreter, folder.path(), |_| {});
    let libs = install().await.unwrap();
    assert_eq!(libs, install().await.unwrap());
    let mut function = python("import boto3\ndef handler(e, c): return boto3.__file__");
    function.spec.runtime = sandbox::Runtime::Python { interpreter: interpreter.clone(), libs };
    assert_eq!(json(&function.run("{}").await.0), json!("/var/runtime/lib/boto3/__init__.py"));
}

#[tokio::test]
async fn every_version_of_the_host_runs() {
    if !isolates() {
        return;
    }
    let code = "import sys, decimal, logging\ndef handler(e, c):\n    logging.warning('w')\n    if e: raise ValueError('no')\n    return [sys.version_info[1], decimal.Decimal('1.5')]";
    let pythons = sandbox::runtimes().iter().filter(|found| found.language == Language::Python);
    for interpreter in pythons {
        let mut function = python(code);
        let runtime = sandbox::Runtime::Python { interpreter: interpreter.clone(), libs: None };
        function.spec.runtime = runtime;
        let (outcome, _, log) = function.run("0").await;
        assert_eq!(json(&outcome), json!([interpreter.version.1, 1.5]), "{interpreter:?}");
        assert!(log.starts_with("[WARNING]\t"), "{log}");
        let (outcome, _, _) = function.run("1").await;
        assert_eq!(json(&outcome)["errorType"], "ValueError");
    }
}
