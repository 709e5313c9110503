//! The names of a queue's keys.

/// Those that all servers of a queue share, and those of each server.
#[derive(Debug)]
pub(super) struct Keys {
    prefix: String,
    pub payloads: String,
    pub ready: String,
    pub delayed: String,
    pub leases: String,
    pub tokens: String,
    pub dead: String,
    pub reasons: String,
    pub servers: String,
    pub wake: String,
    pub searched: String,
}

impl Keys {
    pub fn new(prefix: &str) -> Self {
        let key = |name: &str| format!("{prefix}:{name}");
        Self {
            prefix: prefix.to_owned(),
            payloads: key("jobs"),
            ready: key("ready"),
            delayed: key("delayed"),
            leases: key("leases"),
            tokens: key("tokens"),
            dead: key("dead"),
            reasons: key("reasons"),
            servers: key("servers"),
            wake: key("wake"),
            searched: key("searched"),
        }
    }

    /// What a server writes while it lives.
    pub fn heartbeat(&self, server: &str) -> String {
        format!("{}:processing:{server}", self.prefix)
    }

    /// The jobs that a server has taken.
    pub fn pending(&self, server: &str) -> String {
        format!("{}:processing:{server}:pending", self.prefix)
    }

    /// A glob for the pending lists of all servers.
    pub fn any_pending(&self) -> String {
        let mut glob = String::with_capacity(self.prefix.len() + 24);
        for letter in self.prefix.chars() {
            if matches!(letter, '*' | '?' | '[' | ']' | '\\' | '^') {
                glob.push('\\');
            }
            glob.push(letter);
        }
        glob + ":processing:*:pending"
    }

    /// The server whose pending list this is.
    pub fn server_of<'a>(&self, pending: &'a str) -> Option<&'a str> {
        pending
            .strip_prefix(&self.prefix)?
            .strip_prefix(":processing:")?
            .strip_suffix(":pending")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_from_its_key() {
        let keys = Keys::new("{a*}");
        assert_eq!(keys.server_of(&keys.pending("x:y")), Some("x:y"));
        assert_eq!(keys.server_of("{a*}:processing:x"), None);
        assert_eq!(keys.server_of("other:processing:x:pending"), None);
        assert_eq!(keys.any_pending(), "{a\\*}:processing:*:pending");
    }
}
