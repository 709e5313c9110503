//! Open claims on Redis: the sorted set `<namespace>:claims`, of `<cron key>:<unix seconds>` by the end of
//! the lease in unix seconds.

use super::Redis;
use super::scripts::of_each;
use crate::Result;
use crate::claim::{Holder, OpenClaims};
use crate::key::Occurrence;

/// How many claims a script goes through: about a millisecond's work, for others have to wait meanwhile.
const CHUNK: usize = 500;

pub(super) fn key(namespace: &str) -> String {
    format!("{namespace}:claims")
}

pub(super) fn member(occurrence: &Occurrence) -> String {
    format!("{}:{}", occurrence.key, occurrence.fire_time)
}

fn occurrence(member: &str) -> Option<Occurrence> {
    let (key, fire_time) = member.rsplit_once(':')?;
    Some(Occurrence {
        fire_time: fire_time.parse().ok()?,
        key: key.to_owned(),
    })
}

impl OpenClaims for Redis {
    async fn ended_claims(
        &self,
        namespace: &str,
        skip: usize,
        most: usize,
    ) -> Result<Vec<Occurrence>> {
        let script = &self.scripts.ended_claims;
        let limit = [skip, most].map(|number| number.to_string());
        let call = script.call(
            &[key(namespace).as_bytes()],
            &limit.each_ref().map(String::as_bytes),
        );
        let members: Vec<String> = script.run_one(&self.connections, call).await?;
        Ok(members
            .iter()
            .filter_map(|member| occurrence(member))
            .collect())
    }

    async fn extend_claims(
        &self,
        occurrences: &[Occurrence],
        holder: &Holder,
        take_over: bool,
    ) -> Result<Vec<bool>> {
        let script = &self.scripts.extend_claims;
        let purpose: &[u8] = if take_over { b"take over" } else { b"renew" };
        let ttl = holder.ttl.as_millis().to_string();
        let mut extended = Vec::with_capacity(occurrences.len());
        for occurrences in occurrences.chunks(CHUNK) {
            let members: Vec<String> = occurrences.iter().map(member).collect();
            let mut arguments = vec![ttl.as_bytes(), purpose];
            arguments.extend(members.iter().map(String::as_bytes));
            let call = script.call(&[key(&holder.namespace).as_bytes()], &arguments);
            let answers: Vec<bool> = script.run_one(&self.connections, call).await?;
            extended.extend(of_each(answers, occurrences.len())?);
        }
        Ok(extended)
    }

    async fn close_claims(&self, namespace: &str, occurrences: &[Occurrence]) -> Result<()> {
        let script = &self.scripts.close_claims;
        for occurrences in occurrences.chunks(CHUNK) {
            let members: Vec<String> = occurrences.iter().map(member).collect();
            let members: Vec<&[u8]> = members.iter().map(String::as_bytes).collect();
            let call = script.call(&[key(namespace).as_bytes()], &members);
            let _: u64 = script.run_one(&self.connections, call).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_read_back() {
        let run = Occurrence {
            fire_time: -5,
            key: "a:b".into(),
        };
        assert_eq!(occurrence(&member(&run)), Some(run));
        assert_eq!(occurrence("a"), None);
        assert_eq!(occurrence("a:b"), None);
    }
}
