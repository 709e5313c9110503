//! Leases on Redis.

use redis::{Cmd, Pipeline};

use super::super::attempts::Attempt;
use super::Redis;
use super::connection::{is_left, store_error};
use crate::Result;
use crate::key::Key;
use crate::lease::{Leases, Token, Ttl};

impl Redis {
    fn release_call(&self, key: &Key, token: Token) -> Cmd {
        let token = token.to_string();
        let script = &self.scripts.release;
        script.call(&[key.as_bytes()], &[token.as_bytes()])
    }

    async fn reacquire(&self, key: &Key, token: Token, ttl: Ttl) -> Result<bool> {
        let script = &self.scripts.reacquire;
        script
            .run_one(&self.connections, self.reacquire_call(key, token, ttl))
            .await
    }

    fn reacquire_call(&self, key: &Key, token: Token, ttl: Ttl) -> Cmd {
        let (token, ttl) = (token.to_string(), ttl.as_millis().to_string());
        let arguments = [token.as_bytes(), ttl.as_bytes()];
        self.scripts.reacquire.call(&[key.as_bytes()], &arguments)
    }

    async fn try_many(
        &self,
        keys: &[Key],
        attempts: &[Attempt<Token>],
        ttl: Ttl,
    ) -> Result<Vec<bool>> {
        if !attempts.iter().any(|attempt| attempt.repeated) {
            let mut pipeline = Pipeline::with_capacity(keys.len());
            for (key, attempt) in std::iter::zip(keys, attempts) {
                pipeline.add_command(set(key, attempt.token, ttl));
            }
            match self.connections.send_once(&pipeline).await {
                Err(error) if is_left(&error) => {}
                answers => return answers.map_err(|error| store_error(&error)),
            }
        }
        let calls = std::iter::zip(keys, attempts)
            .map(|(key, attempt)| self.reacquire_call(key, attempt.token, ttl))
            .collect();
        self.scripts.reacquire.run(&self.connections, calls).await
    }
}

impl Leases for Redis {
    async fn acquire_many(&self, keys: &[Key], ttl: Ttl) -> Result<Vec<bool>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let attempts = self.begin(keys);
        let answers = self.try_many(keys, &attempts, ttl).await;
        self.attempts().note(keys, &attempts, ttl, &answers);
        answers
    }

    async fn release_many(&self, keys: &[Key]) -> Result<Vec<bool>> {
        let tokens: Vec<Option<Token>> = {
            let mut attempts = self.attempts();
            keys.iter().map(|key| attempts.take_held(key)).collect()
        };
        let calls: Vec<Cmd> = std::iter::zip(keys, &tokens)
            .filter_map(|(key, token)| Some(self.release_call(key, (*token)?)))
            .collect();
        if calls.is_empty() {
            return Ok(vec![false; keys.len()]);
        }
        let answers = self.scripts.release.run(&self.connections, calls).await;
        let mut answers = answers
            .inspect_err(|_| self.attempts().keep(keys, &tokens))?
            .into_iter();
        Ok(tokens
            .iter()
            .map(|token| token.is_some() && answers.next().unwrap_or(false))
            .collect())
    }

    /// Without the cost of a pipeline.
    async fn acquire(&self, key: &Key, ttl: Ttl) -> Result<bool> {
        let attempt = self.begin(std::slice::from_ref(key))[0];
        let answer = if attempt.repeated {
            self.reacquire(key, attempt.token, ttl).await
        } else {
            match self
                .connections
                .send_once(&set(key, attempt.token, ttl))
                .await
            {
                Err(error) if is_left(&error) => self.reacquire(key, attempt.token, ttl).await,
                answer => answer.map_err(|error| store_error(&error)),
            }
        };
        let answer = answer.map(|won| vec![won]);
        let mut attempts = self.attempts();
        attempts.note(std::slice::from_ref(key), &[attempt], ttl, &answer);
        answer.map(|won| won[0])
    }

    /// Without the cost of a pipeline.
    async fn release(&self, key: &Key) -> Result<bool> {
        let Some(token) = self.attempts().take_held(key) else {
            return Ok(false);
        };
        let script = &self.scripts.release;
        let call = self.release_call(key, token);
        let answer = script.run_one(&self.connections, call).await;
        answer.inspect_err(|_| {
            self.attempts()
                .keep(std::slice::from_ref(key), &[Some(token)]);
        })
    }
}

/// `SET <key> <uuid> NX PX <ms>`; answers OK or nil.
fn set(key: &Key, token: Token, ttl: Ttl) -> Cmd {
    let mut cmd = redis::cmd("SET");
    cmd.arg(key.as_bytes())
        .arg(token.to_string())
        .arg("NX")
        .arg("PX")
        .arg(ttl.as_millis());
    cmd
}
