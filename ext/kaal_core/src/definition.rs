//! Definitions: the jobs that the nodes share, and how a change turns one into the next.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The name in the metadata under which kaal-rs keeps what is its own.
pub const METADATA: &str = "kaal_rs";

/// A job as it is stored. As JSON, with the fields in this order and the times as ISO-8601 in
/// whole seconds, it is what Kaal keeps in Redis.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Definition {
    /// The job's key.
    pub key: String,
    /// The cron expression.
    pub cron: String,
    /// Whether the job runs.
    #[serde(default = "enabled_by_default")]
    pub enabled: bool,
    /// Where the definition came from: `code` or `file`.
    #[serde(default = "source_by_default")]
    pub source: String,
    /// What the job's owner keeps with it: a JSON object, as text.
    #[serde(
        default = "no_metadata",
        deserialize_with = "read_metadata",
        serialize_with = "write_metadata"
    )]
    pub metadata: String,
    /// When the job was first defined.
    #[serde(default, deserialize_with = "read_time", serialize_with = "write_time")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, deserialize_with = "read_time", serialize_with = "write_time")]
    pub updated_at: Option<Timestamp>,
    /// Since when it is disabled.
    #[serde(default, deserialize_with = "read_time", serialize_with = "write_time")]
    pub disabled_at: Option<Timestamp>,
}

/// What a registration says of a job; the times follow from what was stored before.
#[derive(Debug, Clone)]
pub struct Draft {
    /// See [`Definition::key`].
    pub key: String,
    /// See [`Definition::cron`].
    pub cron: String,
    /// See [`Definition::enabled`].
    pub enabled: bool,
    /// See [`Definition::source`].
    pub source: String,
    /// See [`Definition::metadata`].
    pub metadata: String,
}

/// What a job's registration says of it.
#[derive(Debug, Clone)]
pub struct Registration {
    /// See [`Definition::key`].
    pub key: String,
    /// See [`Definition::cron`].
    pub cron: String,
    /// See [`Definition::source`].
    pub source: String,
    /// What is kept under [`METADATA`]: a JSON object.
    pub options: String,
}

impl Definition {
    /// The definition that `draft` makes of `stored`: the time of creation survives, the time of
    /// disabling is that of the change from enabled to disabled, and a change of the expression or
    /// of the switch is marked in the metadata, see [`Definition::since`].
    pub fn upserted(stored: Option<&Self>, draft: Draft, now: Timestamp) -> Self {
        let changed = stored.is_some_and(|stored| stored.cron != draft.cron);
        let since = if changed {
            Some(now)
        } else {
            stored.and_then(Self::since)
        };
        let next = Self {
            key: draft.key,
            cron: draft.cron,
            enabled: stored.is_none_or(|stored| stored.enabled),
            source: draft.source,
            metadata: draft.metadata,
            created_at: stored.and_then(|stored| stored.created_at).or(Some(now)),
            updated_at: Some(now),
            disabled_at: stored.and_then(|stored| stored.disabled_at),
        };
        next.marked(since).switched(draft.enabled, now)
    }

    /// The definition that registering a job makes of `stored`: that keeps whether it is enabled, and
    /// its metadata but for what is ours, which becomes `options`, a JSON object.
    pub fn registered(stored: Option<&Self>, job: Registration, now: Timestamp) -> Self {
        let before = stored.map_or("{}", |stored| stored.metadata.as_str());
        let draft = Draft {
            key: job.key,
            cron: job.cron,
            enabled: stored.is_none_or(|stored| stored.enabled),
            source: job.source,
            metadata: with_ours(before, &job.options),
        };
        Self::upserted(stored, draft, now)
    }

    /// The definition enabled or disabled.
    #[must_use]
    pub fn switched(mut self, enabled: bool, now: Timestamp) -> Self {
        if enabled && !self.enabled {
            self = self.marked(Some(now));
        }
        self.disabled_at = match (enabled, self.enabled) {
            (true, _) => None,
            (false, true) => Some(now),
            (false, false) => self.disabled_at.or(Some(now)),
        };
        self.enabled = enabled;
        self.updated_at = Some(now);
        self
    }

    /// Since when the job has its present expression, or is enabled again: whichever changed last
    /// after its creation. Kept in the metadata, as `since` under [`METADATA`].
    pub fn since(&self) -> Option<Timestamp> {
        let metadata: Value = serde_json::from_str(&self.metadata).ok()?;
        metadata.get(METADATA)?.get("since")?.as_str()?.parse().ok()
    }

    fn marked(mut self, since: Option<Timestamp>) -> Self {
        let Some(since) = since else {
            return self;
        };
        let metadata = normal_metadata(&self.metadata);
        if let Ok(Value::Object(mut metadata)) = serde_json::from_str(&metadata) {
            let ours = metadata.entry(METADATA).or_insert(Value::Null);
            if !ours.is_object() {
                *ours = Value::Object(Map::new());
            }
            ours["since"] = whole_seconds(since).into();
            self.metadata = Value::Object(metadata).to_string();
        }
        self
    }

    /// The definition as Redis holds it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("metadata is JSON, the rest strings and booleans")
    }

    /// Reads what [`Definition::to_json`] or Kaal wrote; `None` when it is something else.
    /// Times that cannot be read are `None`, metadata that is no object is `{}`.
    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

/// A JSON object as text, from an object or from a string that holds one (which is how the
/// other version of Kaal may have written it); anything else is `{}`.
pub fn normal_metadata(json: &str) -> String {
    match serde_json::from_str::<Value>(json) {
        Ok(Value::Object(_)) => json.to_owned(),
        Ok(Value::String(inner))
            if matches!(serde_json::from_str(&inner), Ok(Value::Object(_))) =>
        {
            inner
        }
        _ => "{}".to_owned(),
    }
}

/// `metadata` with `options` under [`METADATA`]; nothing there where there are none.
fn with_ours(metadata: &str, options: &str) -> String {
    let object = |json: &str| serde_json::from_str::<Map<String, Value>>(json).unwrap_or_default();
    let (mut metadata, options) = (object(&normal_metadata(metadata)), object(options));
    metadata.remove(METADATA);
    if !options.is_empty() {
        metadata.insert(METADATA.to_owned(), Value::Object(options));
    }
    Value::Object(metadata).to_string()
}

fn enabled_by_default() -> bool {
    true
}

fn source_by_default() -> String {
    "code".to_owned()
}

fn no_metadata() -> String {
    "{}".to_owned()
}

fn read_metadata<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(normal_metadata(raw.get()))
}

fn write_metadata<S: Serializer>(metadata: &str, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(normal_metadata(metadata))
        .map_err(serde::ser::Error::custom)?
        .serialize(serializer)
}

fn read_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(|text| text.parse().ok()))
}

#[allow(clippy::ref_option)] // the signature that serde calls
fn write_time<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(whole_seconds).serialize(serializer)
}

fn whole_seconds(time: Timestamp) -> String {
    format!("{time:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn draft(enabled: bool) -> Draft {
        Draft {
            key: "job".into(),
            cron: "* * * * *".into(),
            enabled,
            source: "code".into(),
            metadata: r#"{"owner":"ops"}"#.into(),
        }
    }

    #[test]
    fn json_is_to_the_byte_what_kaal_writes() {
        let definition = Definition::upserted(None, draft(false), at("2026-01-02T03:04:05.678Z"));
        let json = r#"{"key":"job","cron":"* * * * *","enabled":false,"source":"code","metadata":{"owner":"ops"},"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","disabled_at":"2026-01-02T03:04:05Z"}"#;
        assert_eq!(definition.to_json(), json);
        assert_eq!(Definition::from_json(json).unwrap().to_json(), json);
    }

    #[test]
    fn creation_survives_and_disabling_is_timed_once() {
        let [one, two, three, four] = [1, 2, 3, 4].map(|h| at(&format!("2026-01-01T0{h}:00:00Z")));
        let created = Definition::upserted(None, draft(true), one);
        assert_eq!((created.created_at, created.disabled_at), (Some(one), None));
        let disabled = Definition::upserted(Some(&created), draft(false), two);
        assert_eq!(
            (disabled.created_at, disabled.disabled_at),
            (Some(one), Some(two))
        );
        let again = disabled.switched(false, three);
        assert_eq!(
            (again.updated_at, again.disabled_at),
            (Some(three), Some(two))
        );
        assert_eq!(again.switched(true, four).disabled_at, None);
    }

    #[test]
    fn a_change_of_expression_or_switch_is_marked() {
        let [one, two, three, four] = [1, 2, 3, 4].map(|h| at(&format!("2026-01-01T0{h}:00:00Z")));
        let created = Definition::upserted(None, draft(true), one);
        assert_eq!(created.since(), None);
        let same = Definition::upserted(Some(&created), draft(true), two);
        assert_eq!(
            (same.since(), same.metadata.as_str()),
            (None, r#"{"owner":"ops"}"#)
        );
        let other = Draft {
            cron: "@daily".into(),
            ..draft(true)
        };
        let changed = Definition::upserted(Some(&same), other.clone(), two);
        assert_eq!(changed.since(), Some(two));
        let metadata = r#"{"owner":"ops","kaal_rs":{"since":"2026-01-01T02:00:00Z"}}"#;
        assert_eq!(changed.metadata, metadata);
        let kept = Definition::upserted(Some(&changed), other, three);
        assert_eq!(kept.since(), Some(two));
        let enabled = kept.switched(false, three).switched(true, four);
        assert_eq!((enabled.since(), enabled.disabled_at), (Some(four), None));
        assert_eq!(enabled.switched(true, one).since(), Some(four));
    }

    #[test]
    fn a_mark_leaves_the_apps_numbers_as_they_are() {
        let now = at("2026-01-01T02:00:00Z");
        let metadata = r#"{"id":123456789012345678901234567890,"x":1e+400,"y":1.10"#;
        let stored = Definition::upserted(
            None,
            Draft {
                metadata: format!(r#"{metadata},"kaal_rs":5}}"#),
                ..draft(true)
            },
            now,
        );
        let other = Draft {
            cron: "@daily".into(),
            metadata: stored.metadata.clone(),
            ..draft(true)
        };
        let changed = Definition::upserted(Some(&stored), other, now);
        let marked = format!(r#"{metadata},"kaal_rs":{{"since":"2026-01-01T02:00:00Z"}}}}"#);
        assert_eq!(changed.metadata, marked);
    }

    #[test]
    fn a_registration_keeps_the_switch_and_the_apps_metadata() {
        let [one, two] = [1, 2].map(|h| at(&format!("2026-01-01T0{h}:00:00Z")));
        let registration = |options: &str| Registration {
            key: "job".into(),
            cron: "* * * * *".into(),
            source: "code".into(),
            options: options.into(),
        };
        let fresh = Definition::registered(None, registration(r#"{"splay":5}"#), one);
        assert_eq!(
            (fresh.enabled, fresh.metadata.as_str()),
            (true, r#"{"kaal_rs":{"splay":5}}"#)
        );
        let stored = Definition::upserted(Some(&fresh), draft(false), one);
        let again = Definition::registered(Some(&stored), registration("{}"), two);
        assert_eq!(
            (again.enabled, again.metadata.as_str(), again.created_at),
            (false, r#"{"owner":"ops"}"#, Some(one))
        );
    }

    #[test]
    fn times_with_an_offset_are_read_and_broken_ones_are_none() {
        let json = r#"{"key":"j","cron":"@daily","created_at":"2026-01-01T02:00:00+02:00","updated_at":"once"}"#;
        let read = Definition::from_json(json).unwrap();
        assert_eq!(read.created_at, Some(at("2026-01-01T00:00:00Z")));
        let json = r#"{"key":"j","cron":"@daily","created_at":"-000005-01-01T00:00:00Z"}"#;
        let ancient = Definition::from_json(json).unwrap();
        let again = Definition::from_json(&ancient.to_json()).unwrap();
        assert_eq!(again.created_at, Some(at("-000005-01-01T00:00:00Z")));
        assert_eq!(
            (read.updated_at, read.enabled, read.source.as_str()),
            (None, true, "code")
        );
    }

    #[test]
    fn metadata_is_an_object_whatever_was_stored() {
        for (stored, read) in [
            (r#"{"a":1}"#, r#"{"a":1}"#),
            (r#""{\"a\":1}""#, r#"{"a":1}"#),
            (r#""{:a=>1}""#, "{}"),
            ("null", "{}"),
            ("[1]", "{}"),
        ] {
            let json = format!(r#"{{"key":"j","cron":"@daily","metadata":{stored}}}"#);
            assert_eq!(Definition::from_json(&json).unwrap().metadata, read);
        }
        let json = r#"{"key":"j","cron":"@daily"}"#;
        assert_eq!(Definition::from_json(json).unwrap().metadata, "{}");
    }

    #[test]
    fn what_is_no_definition_is_skipped() {
        for json in ["", "[]", "{}", r#"{"key":"j"}"#] {
            assert!(Definition::from_json(json).is_none(), "{json}");
        }
    }
}
