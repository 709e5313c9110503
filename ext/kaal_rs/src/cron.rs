//! `Kaal::Cron`, which is an interval as well, and what else Ruby asks of expressions.

use kaal_core::cron::{Cron, Dst, Gap, Overlap, Zone};
use kaal_core::interval::Start;
use kaal_core::trigger::Trigger;
use magnus::value::ReprValue;
use magnus::{
    Error, Module, Object, RArray, RHash, RModule, RString, Ruby, Time, TryConvert, Value,
    function, method,
};

use crate::class;
use crate::convert;
use crate::error::{guard, guarded, made};

#[magnus::wrap(class = "Kaal::Cron", free_immediately, size, frozen_shareable)]
struct Expression(Trigger);

type Result<T> = std::result::Result<T, Error>;

impl Expression {
    /// The next fire time after `from` (`Time.now`), nil: never.
    fn next_time(ruby: &Ruby, rb_self: &Self, arguments: &[Value]) -> Result<Option<Time>> {
        let from = from(ruby, arguments)?.0;
        let next = guard(ruby, || rb_self.0.next_after(from))?;
        next.map(|time| convert::seconds(ruby, time)).transpose()
    }

    /// The last fire time before `from` (`Time.now`), nil: never.
    fn previous_time(ruby: &Ruby, rb_self: &Self, arguments: &[Value]) -> Result<Option<Time>> {
        let (seconds, nanoseconds) = from(ruby, arguments)?;
        let before = seconds.saturating_add(i64::from(nanoseconds > 0));
        let previous = guard(ruby, || rb_self.0.previous_before(before))?;
        previous
            .map(|time| convert::seconds(ruby, time))
            .transpose()
    }

    /// Whether the second of `time` is a fire time.
    fn matches(ruby: &Ruby, rb_self: &Self, time: Value) -> Result<bool> {
        let (seconds, _) = point(ruby, time)?;
        guard(ruby, || rb_self.0.matches(seconds))
    }

    /// The first `limit` fire times after `after` and up to `until`, nil: without end.
    fn times(
        ruby: &Ruby,
        rb_self: &Self,
        after: Value,
        until: Option<Value>,
        limit: usize,
    ) -> Result<RArray> {
        let (after, _) = point(ruby, after)?;
        let until = until.map(|until| point(ruby, until)).transpose()?;
        let until = until.map_or(i64::MAX, |(until, _)| until);
        let times = guard(ruby, || {
            rb_self
                .0
                .between(after, until)
                .take(limit)
                .collect::<Vec<_>>()
        })?;
        let found = ruby.ary_new_capa(times.len());
        for time in times {
            found.push(convert::seconds(ruby, time)?)?;
        }
        Ok(found)
    }

    fn to_cron_s(&self) -> String {
        self.0.to_string()
    }

    /// How many seconds the interval has, nil: it is none.
    fn interval(&self) -> Option<i64> {
        match &self.0 {
            Trigger::Cron(_) => None,
            Trigger::Interval(interval) => Some(interval.seconds()),
        }
    }

    fn zone(&self) -> &str {
        match &self.0 {
            Trigger::Cron(plan) => plan.zone().name(),
            Trigger::Interval(_) => "UTC",
        }
    }

    /// The zone that the expression itself names.
    fn named_zone(&self) -> Option<&str> {
        match &self.0 {
            Trigger::Cron(plan) => plan.cron().zone().map(Zone::name),
            Trigger::Interval(_) => None,
        }
    }

    fn dst(ruby: &Ruby, rb_self: &Self) -> Result<RHash> {
        let Dst { gap, overlap } = match &rb_self.0 {
            Trigger::Cron(plan) => plan.dst(),
            Trigger::Interval(_) => Dst::default(),
        };
        let hash = ruby.hash_new();
        hash.aset(ruby.sym_new("gap"), ruby.sym_new(name(&GAPS, &gap)))?;
        let overlap = ruby.sym_new(name(&OVERLAPS, &overlap));
        hash.aset(ruby.sym_new("overlap"), overlap)?;
        Ok(hash)
    }

    fn has_seconds(&self) -> bool {
        match &self.0 {
            Trigger::Cron(plan) => plan.cron().has_seconds(),
            Trigger::Interval(_) => true,
        }
    }

    fn is_equal(&self, other: Value) -> bool {
        <&Self>::try_convert(other).is_ok_and(|other| self.0 == other.0)
    }

    fn hash(&self) -> i64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        // Ruby's hashes are fixnums: 62 bits.
        i64::try_from(hasher.finish() >> 2).unwrap_or_default()
    }

    /// What the fields say, for those who put it into words; of an interval nothing.
    fn fields(ruby: &Ruby, rb_self: &Self) -> Result<RHash> {
        let hash = ruby.hash_new();
        let Trigger::Cron(plan) = &rb_self.0 else {
            return Ok(hash);
        };
        let fields = plan.cron().fields();
        for (name, values) in fields.values {
            hash.aset(ruby.sym_new(name), values)?;
        }
        hash.aset(ruby.sym_new("nth"), fields.nth)?;
        hash.aset(ruby.sym_new("every"), fields.every)?;
        hash.aset(ruby.sym_new("both"), fields.both)?;
        Ok(hash)
    }
}

fn from(ruby: &Ruby, arguments: &[Value]) -> Result<(i64, i64)> {
    match arguments {
        [] => point(ruby, ruby.class_time().funcall("now", ())?),
        [from] => point(ruby, *from),
        more => Err(made(
            ruby.exception_arg_error(),
            format!(
                "wrong number of arguments (given {}, expected 0..1)",
                more.len()
            ),
        )),
    }
}

/// Seconds since 1970 and nanoseconds of a Time, or of what has one.
fn point(ruby: &Ruby, value: Value) -> Result<(i64, i64)> {
    let time = match Time::from_value(value) {
        Some(time) => time,
        // ActiveSupport gives Strings a to_time that guesses.
        None if RString::from_value(value).is_none() && value.respond_to("to_time", false)? => {
            value.funcall("to_time", ())?
        }
        None => {
            return Err(made(
                ruby.exception_type_error(),
                format!("expected a Time, got {}", value.inspect()),
            ));
        }
    };
    let timespec = time.timespec()?;
    Ok((timespec.tv_sec, timespec.tv_nsec))
}

/// The zone of that name, nil: the system's.
#[allow(clippy::needless_pass_by_value)]
pub fn zone(name: Option<String>) -> kaal_core::Result<Zone> {
    name.map_or_else(|| Ok(Zone::system()), |name| Zone::named(&name))
}

const GAPS: [(&str, Gap); 2] = [("skip", Gap::Skip), ("shift", Gap::Shift)];
const OVERLAPS: [(&str, Overlap); 3] = [
    ("both", Overlap::Both),
    ("first", Overlap::First),
    ("last", Overlap::Last),
];

/// `{ gap: :skip | :shift, overlap: :both | :first | :last }`, nil: the default. Strings serve as
/// symbols.
pub fn dst(ruby: &Ruby, policy: Option<Value>) -> Result<Dst> {
    let mut dst = Dst::default();
    let Some(policy) = policy else {
        return Ok(dst);
    };
    let refused = |message: String| made(ruby.exception_arg_error(), format!("dst: {message}"));
    let Some(hash) = RHash::from_value(policy) else {
        let message = "expected a Hash such as { gap: :shift, overlap: :first }";
        return Err(refused(format!("{message}, got {}", policy.inspect())));
    };
    for pair in hash.funcall::<_, _, RArray>("to_a", ())? {
        let (name, value) = <(Value, Value)>::try_convert(pair)?;
        match name.to_string().as_str() {
            "gap" => dst.gap = choice(&GAPS, value).map_err(|m| refused(format!("gap {m}")))?,
            "overlap" => {
                dst.overlap =
                    choice(&OVERLAPS, value).map_err(|m| refused(format!("overlap {m}")))?;
            }
            _ => {
                return Err(refused(format!(
                    "unknown option {}, expected gap and overlap",
                    name.inspect()
                )));
            }
        }
    }
    Ok(dst)
}

fn choice<T: Copy>(known: &[(&str, T)], value: Value) -> std::result::Result<T, String> {
    let name = value.to_string();
    let found = known.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = known.iter().map(|(name, _)| format!(":{name}")).collect();
        format!("must be {}, is {}", names.join(" or "), value.inspect())
    })
}

fn name<T: PartialEq>(known: &[(&'static str, T)], value: &T) -> &'static str {
    let found = known.iter().find(|(_, known)| known == value);
    found.map_or("unknown", |(name, _)| name)
}

/// The frozen `Kaal::Cron`. An interval counts from `[since, anchor or nil]`, in unix seconds.
#[allow(clippy::needless_pass_by_value)]
fn parse_cron(
    ruby: &Ruby,
    text: String,
    zone_name: Option<String>,
    policy: Option<Value>,
    start: Option<(i64, Option<i64>)>,
) -> Result<Value> {
    let dst = dst(ruby, policy)?;
    let start = start.map(|(since, anchor)| Start {
        since,
        anchor,
        remembered: false,
    });
    // The system's zone is looked up only where it is needed.
    let trigger = guarded(ruby, || {
        let trigger = Trigger::parse(&text, dst, || zone(zone_name))?;
        Ok(trigger.starting(start))
    })?;
    let expression = ruby.obj_wrap(Expression(trigger)).as_value();
    expression.freeze();
    Ok(expression)
}

/// The interval in seconds, as it is stored; nil where it is a cron expression. Raises where it is neither.
#[allow(clippy::needless_pass_by_value)]
fn canonical_interval(ruby: &Ruby, text: String) -> Result<Option<String>> {
    guarded(ruby, || Trigger::canonical_interval(&text))
}

/// Raises where there is no such zone.
#[allow(clippy::needless_pass_by_value)]
fn check_zone(ruby: &Ruby, name: String) -> Result<()> {
    guarded(ruby, || Zone::named(&name).map(drop))
}

/// Raises where it is no policy.
fn check_dst(ruby: &Ruby, policy: Option<Value>) -> Result<()> {
    dst(ruby, policy).map(drop)
}

/// The macro that means the same, or nil.
#[allow(clippy::needless_pass_by_value)]
fn cron_macro(ruby: &Ruby, text: String) -> Result<Option<String>> {
    guarded(ruby, || Trigger::as_macro(&text))
}

/// The words that the core takes the text for.
#[allow(clippy::needless_pass_by_value)]
fn cron_words(ruby: &Ruby, text: String) -> Result<Vec<String>> {
    guarded(ruby, || {
        Ok(Cron::words(&text)?.into_iter().map(str::to_owned).collect())
    })
}

/// Whether the time-zone database has that name.
#[allow(clippy::needless_pass_by_value)]
fn is_zone_name(ruby: &Ruby, text: String) -> Result<bool> {
    guard(ruby, || Zone::is_name(&text))
}

/// Whether it is a zone in the notation of POSIX.
#[allow(clippy::needless_pass_by_value)]
fn is_posix_zone(ruby: &Ruby, text: String) -> Result<bool> {
    guard(ruby, || Zone::is_posix(&text))
}

#[allow(clippy::needless_pass_by_value)]
fn lint_cron(
    ruby: &Ruby,
    text: String,
    zone_name: Option<String>,
    policy: Option<Value>,
) -> Result<Vec<String>> {
    let now = convert::now_ms(ruby)? / 1000;
    let dst = dst(ruby, policy)?;
    guarded(ruby, || Trigger::lint(&text, dst, now, || zone(zone_name)))
}

pub fn define(ruby: &Ruby, native: RModule) -> Result<()> {
    let kaal: RModule = ruby.define_module("Kaal")?;
    let class = class::define::<Expression>(ruby, kaal, "Cron")?;
    class.define_method("next_time", method!(Expression::next_time, -1))?;
    class.define_method("previous_time", method!(Expression::previous_time, -1))?;
    class.define_method("match?", method!(Expression::matches, 1))?;
    class.define_private_method("times", method!(Expression::times, 3))?;
    class.define_method("to_cron_s", method!(Expression::to_cron_s, 0))?;
    class.define_method("zone", method!(Expression::zone, 0))?;
    class.define_method("interval", method!(Expression::interval, 0))?;
    class.define_method("named_zone", method!(Expression::named_zone, 0))?;
    class.define_method("dst", method!(Expression::dst, 0))?;
    class.define_method("seconds?", method!(Expression::has_seconds, 0))?;
    class.define_method("==", method!(Expression::is_equal, 1))?;
    class.define_method("hash", method!(Expression::hash, 0))?;
    class.define_method("fields", method!(Expression::fields, 0))?;
    native.define_singleton_method("parse_cron", function!(parse_cron, 4))?;
    native.define_singleton_method("canonical_interval", function!(canonical_interval, 1))?;
    native.define_singleton_method("check_zone", function!(check_zone, 1))?;
    native.define_singleton_method("check_dst", function!(check_dst, 1))?;
    native.define_singleton_method("cron_macro", function!(cron_macro, 1))?;
    native.define_singleton_method("cron_words", function!(cron_words, 1))?;
    native.define_singleton_method("zone_name?", function!(is_zone_name, 1))?;
    native.define_singleton_method("posix_zone?", function!(is_posix_zone, 1))?;
    native.define_singleton_method("lint_cron", function!(lint_cron, 3))
}
