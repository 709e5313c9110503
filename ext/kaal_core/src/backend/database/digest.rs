//! The digests that lock names on the wire are made of.

use std::fmt::Write;

use md5::{Digest, Md5};
use sha2::Sha256;

/// SHA-256 as hexadecimal digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}"); // a String takes everything
            hex
        })
}

/// The first eight bytes of MD5, big-endian.
pub(crate) fn md5_i64(bytes: &[u8]) -> i64 {
    let digest = Md5::digest(bytes);
    i64::from_be_bytes(digest[..8].try_into().expect("it has 16 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_other_programs() {
        // printf kaal | md5sum; printf kaal | sha256sum
        assert_eq!(md5_i64(b"kaal"), 2_873_478_785_257_175_047);
        assert!(sha256_hex(b"kaal").starts_with("aabce4d00a503ae826ce4a60aab38348"));
    }
}
