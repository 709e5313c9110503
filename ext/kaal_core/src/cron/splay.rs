//! Spreading jobs that would all fire at the same second.

/// How many seconds, from 0 to `splay`, the job `key` starts after its fire time: the same on
/// every node and in every version, by the hash FNV-1a (64 bits) of the key.
///
/// The fire time stays the identity of the run.
pub fn delay(key: &str, splay: u32) -> u32 {
    u32::try_from(hash(key) % (u64::from(splay) + 1)).unwrap_or(splay)
}

fn hash(text: &str) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    text.bytes().fold(BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_spread_evenly_and_for_good() {
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c); // a published test vector
        assert_eq!(delay("job", 0), 0);
        let mut counts = [0; 10];
        for number in 0..1_000 {
            counts[usize::try_from(delay(&format!("job {number}"), 9)).unwrap()] += 1;
        }
        assert!(
            counts.iter().all(|count| (70..130).contains(count)),
            "{counts:?}"
        );
    }
}
