//! Ends the process at a point that a spec has named, as a crash there would: with the feature
//! `test-hooks` only, else nothing is compiled.

/// The environment variable that names the point.
const WANTED: &str = "KAAL_CRASH_AT";

pub(crate) fn point(name: &str) {
    if cfg!(feature = "test-hooks") && std::env::var_os(WANTED).is_some_and(|wanted| wanted == name)
    {
        std::process::abort();
    }
}
