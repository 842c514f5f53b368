//! Course files: the one that comes with Heist, and broken ones.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use lab::{Course, Work};

fn refused(text: &str) -> String {
    Course::read(&[("a.yaml", text)]).unwrap_err().to_string()
}

fn step(more: &str) -> String {
    format!(
        "chapter: A\nsteps:\n  - id: a\n    title: A\n    theory: A.\n    run: b\n    check:\n      - see: B\n{more}"
    )
}

#[test]
fn a_broken_file_is_refused_with_its_line() {
    let call = "        call: sqs.ListQueues\n";
    for (text, place, what) in [
        ("chapter: A\nsteps:\n  - id: [a\n".to_owned(), "a.yaml:4:", "not YAML"),
        ("chapter: A\nsteps: {}\n".into(), "a.yaml:2:", "make this a list"),
        ("chapter: A\nstages: []\n".into(), "a.yaml:2:", "no member \"stages\""),
        ("chapter: A\nsteps:\n  - id: a\n    titel: A\n".into(), "a.yaml:4:", "\"titel\""),
        ("chapter: A\nsteps:\n  - id: a\n    title: A\n".into(), "a.yaml:3:", "\"theory\""),
        (step("        call: ListQueues\n"), "a.yaml:9:", "service.Operation"),
        (step("        http: /stream\n"), "a.yaml:9:", "METHOD URL"),
        (step("        together: 2\n"), "a.yaml:8:", "exactly one of call, http, hear"),
        (step(&format!("{call}        hear: q\n")), "a.yaml:8:", "exactly one"),
        (step(&format!("{call}        text: q\n")), "a.yaml:10:", "hear alone"),
        (step(&format!("{call}        together: 99\n")), "a.yaml:10:", "from 1 to 16"),
        (step(&format!("{call}        within: soon\n")), "a.yaml:10:", "from 1 to 120"),
        (step(&format!("{call}        expect:\n          \"a|sort\": 1\n")), "a.yaml:11:", "|sort"),
        (step(&format!("{call}        expect:\n          a: {{about: 1}}\n")), "a.yaml:11:", "\"about\""),
        (step(&format!("{call}        expect:\n          a: {{absent: no}}\n")), "a.yaml:11:", "give one of"),
        (step(&format!("{call}        capture: {{A: \"b[\"}}\n")), "a.yaml:10:", "without ]"),
        (step(&format!("{call}        when:\n          - advice: Do.\n")), "a.yaml:11:", "at least one of"),
        (
            "chapter: A\nsteps:\n  - id: a\n    title: A\n    theory: A.\n    run: b\n".into(),
            "a.yaml:3:",
            "add a check",
        ),
        (
            "chapter: A\nsteps:\n  - id: a\n    title: A\n    theory: A.\n    ask: B?\n    choices:\n      \
             a: {text: A, why: B}\n    answer: b\n"
                .into(),
            "a.yaml:9:",
            "none of the choices",
        ),
    ] {
        let error = refused(&text);
        assert!(error.starts_with(place) && error.contains(what), "{place} {what}: {error}\n{text}");
    }
    let twice = step("        call: sqs.ListQueues\n");
    let again = twice.split_once("steps:\n").unwrap().1;
    let error = refused(&format!("{twice}{again}"));
    assert!(error.starts_with("a.yaml:10:") && error.contains("taken"), "{error}");
}

#[test]
fn the_course_is_in_order() {
    let course = Course::own().unwrap();
    let chapters: Vec<_> = course.steps.iter().map(|step| step.chapter.as_str()).collect();
    assert!(
        chapters
            .is_sorted_by_key(|name| ["Build", "Secure", "Prove"].iter().position(|it| it == name))
    );
    assert_eq!(course.find("1"), Some(0));
    assert_eq!(course.find("permission"), course.find("12"));
    assert_eq!((course.find("0"), course.find("99"), course.find("nothing")), (None, None, None));
    // A role comes before the function that wears it, and the failure before the mend.
    let at = |id: &str| course.find(id).unwrap();
    for pair in [
        "role function",
        "too-early role",
        "deploy permission",
        "lock-draft lock",
        "encrypt use-key",
    ] {
        let (before, after) = pair.split_once(' ').unwrap();
        assert!(at(before) < at(after), "{pair}");
    }
    for step in &course.steps {
        if let Work::Question(question) = &step.work {
            assert_eq!(question.choices.len(), 3, "{}", step.id);
        } else {
            assert!(!step.hints.is_empty(), "{}", step.id);
        }
        for text in [Some(&step.theory), step.on_aws.as_ref()].into_iter().flatten() {
            assert!(text.len() < 500, "{}: a wall of text", step.id);
        }
    }
    assert!(Course::file("app.py").unwrap().contains("def lambda_handler"));
    assert_eq!(Course::file("other.py"), None);
}
