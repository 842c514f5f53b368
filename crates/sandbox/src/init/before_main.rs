//! Enters the sandbox's stages before `main`, for test binaries whose `main` is not ours.
#![allow(unsafe_code)] // a linker section is the only place that runs before `main`

use std::ffi::{CStr, c_char, c_int};

// SAFETY: the loader calls the pointers in this section as `fn(argc, argv, envp)` (glibc), once,
// before any thread exists; the function only reads `argv` unless it takes the process over.
#[used]
#[unsafe(link_section = ".init_array")]
static ENTRY: extern "C" fn(c_int, *const *const c_char, *const *const c_char) = enter;

extern "C" fn enter(count: c_int, arguments: *const *const c_char, _: *const *const c_char) {
    if count < 2 || arguments.is_null() {
        return;
    }
    // SAFETY: the C start-up code guarantees `count` pointers to NUL-terminated strings.
    let first = unsafe { CStr::from_ptr(*arguments.add(1)) };
    if first.to_bytes() == super::ARGUMENT.as_bytes() {
        super::stage::run();
    }
}
