//! A process's end in the words of AWS Lambda.

/// The text for a wait status.
pub(crate) fn describe(status: i32) -> String {
    if libc::WIFSIGNALED(status) {
        return format!("Runtime exited with error: signal: {}", name(libc::WTERMSIG(status)));
    }
    match libc::WEXITSTATUS(status) {
        0 => "Runtime exited without providing a reason".to_owned(),
        code => format!("Runtime exited with error: exit status {code}"),
    }
}

/// Whether the status is a death by `SIGKILL`.
pub(crate) fn was_killed(status: i32) -> bool {
    libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL
}

fn name(signal: i32) -> String {
    match signal {
        libc::SIGHUP => "hangup",
        libc::SIGINT => "interrupt",
        libc::SIGQUIT => "quit",
        libc::SIGILL => "illegal instruction",
        libc::SIGTRAP => "trace/breakpoint trap",
        libc::SIGABRT => "aborted",
        libc::SIGBUS => "bus error",
        libc::SIGFPE => "floating point exception",
        libc::SIGKILL => "killed",
        libc::SIGUSR1 => "user defined signal 1",
        libc::SIGSEGV => "segmentation fault",
        libc::SIGUSR2 => "user defined signal 2",
        libc::SIGPIPE => "broken pipe",
        libc::SIGALRM => "alarm clock",
        libc::SIGTERM => "terminated",
        libc::SIGSYS => "bad system call",
        other => return format!("signal {other}"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_read_as_on_lambda() {
        assert_eq!(describe(0), "Runtime exited without providing a reason");
        assert_eq!(describe(3 << 8), "Runtime exited with error: exit status 3");
        assert_eq!(describe(9), "Runtime exited with error: signal: killed");
        assert_eq!(describe(11), "Runtime exited with error: signal: segmentation fault");
        assert!(was_killed(9) && !was_killed(0x900));
    }
}
