//! Telling Redis what became of jobs.

use redis::Cmd;
use tokio::time::sleep;

use super::desk::Settlement;
use super::heartbeat::millis;
use super::{CHUNK, Notice, Outcome, Queue, pause};
use crate::Result;

impl Queue {
    /// Tells outcomes as they come, many at once when they come fast, until the desk is closed and all are
    /// told.
    pub(super) async fn settle_all(&self) {
        while let Some(settlements) = self.desk.settlements().await {
            for settlements in settlements.chunks(CHUNK) {
                self.settle_some(settlements).await;
            }
        }
    }

    /// Again until Redis has answered: an outcome that it does not hear of is a job that is run again.
    async fn settle_some(&self, settlements: &[Settlement]) {
        let mut failures = 0;
        loop {
            let told = self.tell(settlements).await;
            self.heard(&told);
            let Ok(told) = told else {
                failures += 1;
                sleep(pause(failures)).await;
                continue;
            };
            self.desk.settled(settlements);
            // Told before, perhaps, by a try whose answer got lost.
            if failures == 0 {
                self.note_lost(settlements, &told);
            }
            if settlements
                .iter()
                .any(|settlement| matches!(settlement.outcome, Outcome::Retry(_)))
            {
                self.delayed_earlier.notify_one();
            }
            return;
        }
    }

    fn note_lost(&self, settlements: &[Settlement], told: &[bool]) {
        for (settlement, told) in std::iter::zip(settlements, told) {
            if !told && settlement.outcome != Outcome::Back {
                self.desk.notice(Notice::Lost(settlement.id.clone()));
            }
        }
    }

    async fn tell(&self, settlements: &[Settlement]) -> Result<Vec<bool>> {
        let script = &self.scripts.settle;
        script
            .run_once(&self.commands, self.settle_call(settlements))
            .await
    }

    fn settle_call(&self, settlements: &[Settlement]) -> Cmd {
        let pending = self.keys.pending(&self.id);
        let keys = [
            &pending,
            &self.keys.payloads,
            &self.keys.leases,
            &self.keys.ready,
            &self.keys.delayed,
            &self.keys.dead,
            &self.keys.reasons,
        ];
        let texts: Vec<[String; 3]> = settlements.iter().map(texts).collect();
        let arguments: Vec<&[u8]> = std::iter::zip(settlements, &texts)
            .flat_map(|(settlement, [token, what, detail])| {
                [
                    &settlement.id[..],
                    token.as_bytes(),
                    what.as_bytes(),
                    detail.as_bytes(),
                ]
            })
            .collect();
        let script = &self.scripts.settle;
        script.call(&keys.map(String::as_bytes), &arguments)
    }
}

/// Token, outcome and what belongs to it, as the script takes them.
fn texts(settlement: &Settlement) -> [String; 3] {
    let (what, detail) = match &settlement.outcome {
        Outcome::Done => ("done", String::new()),
        Outcome::Retry(pause) => ("retry", millis(*pause).to_string()),
        Outcome::Dead(reason) => ("dead", reason.clone()),
        Outcome::Back => ("back", String::new()),
    };
    [settlement.token.to_string(), what.to_owned(), detail]
}
