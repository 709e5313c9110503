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
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    /// The replies to one request.
    buffer: Vec<u8>,
    database: i64,
}

/// How many bytes are kept for the replies to the next request.
const BUFFER: usize = 64 * 1024;

/// How long a line may be: what has no end is no reply.
const LINE: usize = 1024 * 1024;

/// How deep arrays may be in arrays; ours are three deep.
const DEPTH: usize = 8;

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

    /// Sends a request and reads that many replies. After an error the connection is of no more use.
    async fn exchange(&mut self, request: &[u8], replies: usize) -> RedisResult<Vec<Value>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER);
        let mut values = Vec::with_capacity(replies);
        let mut frame = Frame::at(0);
        while values.len() < replies {
            match frame.end(&self.buffer)? {
                Some(end) => {
                    values.push(redis::parse_redis_value(&self.buffer[frame.start..end])?);
                    frame = Frame::at(end);
                }
                None => {
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        return Err(Error::from(ErrorKind::UnexpectedEof).into());
                    }
                }
            }
        }
        if frame.start < self.buffer.len() {
            // Nobody knows any more which reply belongs to which request.
            let message = "the server has answered more than it was asked";
            return Err(Error::new(ErrorKind::InvalidData, message).into());
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
            // What is skipped are the answers to the commands of a transaction: the first error is why it is none.
            let refused = values.iter().find_map(|value| match value {
                Value::ServerError(error) if offset > 0 => Some(error.clone()),
                _ => None,
            });
            match refused {
                Some(error) => Err(error.into()),
                None => Ok(values.split_off(offset)),
            }
        })
    }

    fn get_db(&self) -> i64 {
        self.database
    }
}

/// A reply (of RESP version 2) in a buffer that grows. It is read on from where that had ended, so that a
/// large one that comes in many pieces costs no more than one that comes at once.
/// See <https://redis.io/docs/latest/develop/reference/protocol-spec/>.
struct Frame {
    start: usize,
    /// Up to where it has been read.
    read: usize,
    /// How many elements each array lacks that has not ended, the outermost first.
    missing: Vec<usize>,
}

impl Frame {
    fn at(start: usize) -> Self {
        Self {
            start,
            read: start,
            missing: Vec::new(),
        }
    }

    /// Where in `bytes` it ends; `None`: there is more to come.
    fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Error> {
        while let Some(line) = first_line(&bytes[self.read..])? {
            let head = self.read + line.len() + 2;
            match line.split_first() {
                Some((b'+' | b'-' | b':', _)) => self.read = head,
                Some((b'$', digits)) => {
                    let end = match count(digits)? {
                        Some(length) => head.saturating_add(length).saturating_add(2),
                        None => head,
                    };
                    if bytes.len() < end {
                        return Ok(None);
                    }
                    self.read = end;
                }
                Some((b'*', digits)) if self.missing.len() < DEPTH => {
                    self.read = head;
                    if let Some(elements @ 1..) = count(digits)? {
                        self.missing.push(elements);
                        continue;
                    }
                }
                _ => return Err(not_redis()),
            }
            self.end_arrays();
            if self.missing.is_empty() {
                return Ok(Some(self.read));
            }
        }
        Ok(None)
    }

    /// A value has ended, and with it each array that it was the last of.
    fn end_arrays(&mut self) {
        while let Some(missing) = self.missing.last_mut() {
            *missing -= 1;
            if *missing > 0 {
                return;
            }
            self.missing.pop();
        }
    }
}

/// What stands before the first line break; `None`: there is more to come.
fn first_line(bytes: &[u8]) -> Result<Option<&[u8]>, Error> {
    let longest = &bytes[..bytes.len().min(LINE)];
    match longest.windows(2).position(|pair| pair == b"\r\n") {
        Some(end) => Ok(Some(&bytes[..end])),
        None if bytes.len() < LINE => Ok(None),
        None => Err(not_redis()),
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
    use tokio::io::duplex;

    fn end(bytes: &[u8]) -> Option<usize> {
        Frame::at(0).end(bytes).unwrap()
    }

    #[test]
    fn every_reply_has_its_end_and_no_part_of_it_has_one() {
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
            b"*2\r\n*2\r\n*0\r\n:1\r\n*1\r\n$-1\r\n",
        ] {
            let mut bytes = reply.to_vec();
            bytes.extend_from_slice(b"+next\r\n");
            assert_eq!(end(&bytes), Some(reply.len()));
            let mut in_pieces = Frame::at(0);
            for end in 0..reply.len() {
                assert_eq!(
                    Frame::at(0).end(&reply[..end]).unwrap(),
                    None,
                    "{end} of {reply:?}"
                );
                assert_eq!(in_pieces.end(&reply[..end]).unwrap(), None);
            }
            assert_eq!(in_pieces.end(&bytes).unwrap(), Some(reply.len()));
        }
    }

    #[test]
    fn what_is_not_redis_is_an_error_and_never_a_panic() {
        for bytes in [
            &b"HTTP/1.1 400\r\n"[..],
            b"\r\n",
            b"$x\r\n",
            b"*\xff\r\n",
            b"$-2\r\n",
        ] {
            assert!(Frame::at(0).end(bytes).is_err());
        }
        assert!(Frame::at(0).end(&b"*1\r\n".repeat(100)).is_err());
        assert!(Frame::at(0).end(&vec![b'+'; LINE]).is_err());
        assert_eq!(end(b"$18446744073709551615\r\n"), None);
    }

    #[test]
    fn a_large_reply_in_small_pieces_costs_no_more_than_it_is_large() {
        let mut reply = b"*300000\r\n".to_vec();
        reply.extend(b"$1\r\na\r\n".repeat(300_000));
        let began = std::time::Instant::now();
        let mut frame = Frame::at(0);
        for end in (0..reply.len()).step_by(500) {
            assert_eq!(frame.end(&reply[..end]).unwrap(), None);
        }
        assert_eq!(frame.end(&reply).unwrap(), Some(reply.len()));
        assert!(began.elapsed().as_secs() < 2, "{:?}", began.elapsed());
    }

    /// What comes of a command that is answered like that.
    fn answered(reply: &'static [u8]) -> RedisResult<Value> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            let (ours, mut theirs) = duplex(1024);
            theirs.write_all(reply).await.unwrap();
            let mut wire = Wire::open(Box::new(ours), &Identity::default(), 0).await?;
            wire.req_packed_command(&redis::cmd("PING")).await
        })
    }

    #[test]
    fn an_answer_to_nothing_is_not_kept_for_the_next_request() {
        assert_eq!(answered(b"+OK\r\n").unwrap(), Value::Okay);
        assert!(answered(b"+OK\r\n+OK\r\n").unwrap_err().is_io_error());
        assert!(answered(b"+OK\r\n:").unwrap_err().is_io_error());
    }
}
