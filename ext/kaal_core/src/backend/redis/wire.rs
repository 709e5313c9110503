//! A plain connection that carries one request at a time.
//!
//! The driver's own connection has a task that reads and writes for many callers; a lone caller
//! pays for handing each request to that task and back. Here the caller writes and reads itself.
//! Packing commands and parsing replies stay the driver's.

use std::io::{Error, ErrorKind};

use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, RedisFuture, RedisResult, Value};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::options::Identity;

/// What a connection runs over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

pub(super) struct Wire {
    stream: Box<dyn Stream>,
    /// What was read and not yet parsed.
    buffer: Vec<u8>,
    database: i64,
}

impl Wire {
    /// Logs in and selects the database.
    pub async fn open(
        stream: Box<dyn Stream>,
        identity: &Identity,
        database: i64,
    ) -> RedisResult<Self> {
        let mut wire = Self {
            stream,
            buffer: Vec::with_capacity(512),
            database,
        };
        let mut greeting = Pipeline::new();
        if let Some(password) = &identity.password {
            let auth = greeting.cmd("AUTH");
            if let Some(username) = &identity.username {
                auth.arg(username);
            }
            auth.arg(password).ignore();
        }
        if database != 0 {
            greeting.cmd("SELECT").arg(database).ignore();
        }
        if !greeting.is_empty() {
            greeting.query_async::<()>(&mut wire).await?;
        }
        Ok(wire)
    }

    async fn exchange(&mut self, request: &[u8], replies: usize) -> RedisResult<Vec<Value>> {
        self.stream.write_all(request).await?;
        let mut values = Vec::with_capacity(replies);
        while values.len() < replies {
            match frame_length(&self.buffer, 0)? {
                Some(length) => {
                    values.push(redis::parse_redis_value(&self.buffer[..length])?);
                    self.buffer.drain(..length);
                }
                None => {
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        return Err(Error::from(ErrorKind::UnexpectedEof).into());
                    }
                }
            }
        }
        Ok(values)
    }
}

impl ConnectionLike for Wire {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let values = self.exchange(&cmd.get_packed_command(), 1).await?;
            Ok(values.into_iter().next().unwrap_or(Value::Nil))
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let request = pipeline.get_packed_pipeline();
            let mut values = self.exchange(&request, offset + count).await?;
            Ok(values.split_off(offset))
        })
    }

    fn get_db(&self) -> i64 {
        self.database
    }
}

/// The length of the first reply (of RESP version 2) in `bytes`; `None`: there is more to come.
/// See <https://redis.io/docs/latest/develop/reference/protocol-spec/>.
fn frame_length(bytes: &[u8], depth: u8) -> Result<Option<usize>, Error> {
    let Some(line) = bytes.windows(2).position(|pair| pair == b"\r\n") else {
        return Ok(None);
    };
    let head = line + 2;
    match bytes[0] {
        b'+' | b'-' | b':' => Ok(Some(head)),
        b'$' => {
            let whole = match count(&bytes[1..line])? {
                Some(length) => head.saturating_add(length).saturating_add(2),
                None => head,
            };
            Ok((bytes.len() >= whole).then_some(whole))
        }
        b'*' if depth < 8 => {
            let mut whole = head;
            for _ in 0..count(&bytes[1..line])?.unwrap_or(0) {
                let Some(length) = frame_length(&bytes[whole..], depth + 1)? else {
                    return Ok(None);
                };
                whole += length;
            }
            Ok(Some(whole))
        }
        _ => Err(not_redis()),
    }
}

/// A length; `None` for -1, which stands for nil.
fn count(digits: &[u8]) -> Result<Option<usize>, Error> {
    if digits == b"-1" {
        return Ok(None);
    }
    let text = std::str::from_utf8(digits).map_err(|_| not_redis())?;
    text.parse().map(Some).map_err(|_| not_redis())
}

fn not_redis() -> Error {
    Error::new(ErrorKind::InvalidData, "the answer is not one of Redis")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(bytes: &[u8]) -> Option<usize> {
        frame_length(bytes, 0).unwrap()
    }

    #[test]
    fn every_reply_has_its_length_and_no_part_of_it_has_one() {
        for reply in [
            &b"+OK\r\n"[..],
            b"-ERR no\r\n",
            b":12\r\n",
            b"$-1\r\n",
            b"$0\r\n\r\n",
            b"$4\r\na\r\nb\r\n",
            b"*-1\r\n",
            b"*0\r\n",
            b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
        ] {
            let mut bytes = reply.to_vec();
            bytes.extend_from_slice(b"+next\r\n");
            assert_eq!(length(&bytes), Some(reply.len()));
            for end in 0..reply.len() {
                assert_eq!(length(&reply[..end]), None, "{end} of {reply:?}");
            }
        }
    }

    #[test]
    fn what_is_not_redis_is_an_error_and_never_a_panic() {
        for bytes in [
            &b"HTTP/1.1 400\r\n"[..],
            b"$x\r\n",
            b"*\xff\r\n",
            b"$-2\r\n",
        ] {
            assert!(frame_length(bytes, 0).is_err());
        }
        assert!(frame_length(&b"*1\r\n".repeat(100), 0).is_err());
        assert_eq!(length(b"$18446744073709551615\r\n"), None);
    }
}
