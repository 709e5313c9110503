//! One contract for all stores, against real servers that the tests start themselves.
//!
//! A test is written once and is run on each store that can do what it is about; each run has a database
//! or a namespace of its own, so all may run at once.

#![allow(clippy::unwrap_used)] // in helpers of tests

#[path = "../servers/mod.rs"]
mod servers;

/// Makes a test of each function for each of some stores: `the_function::the_store`.
macro_rules! on_each {
    (@one [$($store:ident)+] $test:ident) => {
        mod $test {
            $(#[test]
            fn $store() {
                super::$test(&crate::stores::$store());
            })+
        }
    };
    (all: $($test:ident)+) => {
        on_each!([memory redis sqlite postgres_session postgres_table mariadb_session mariadb_table] $($test)+);
    };
    (shared: $($test:ident)+) => {
        on_each!([redis sqlite postgres_session postgres_table mariadb_session mariadb_table] $($test)+);
    };
    (databases: $($test:ident)+) => {
        on_each!([sqlite postgres_table mariadb_table] $($test)+);
    };
    (sessions: $($test:ident)+) => {
        on_each!([postgres_session mariadb_session] $($test)+);
    };
    ($stores:tt $($test:ident)+) => {
        $(on_each!(@one $stores $test);)+
    };
}

mod claims;
mod definitions;
mod delayed;
mod exclusion;
mod failures;
mod intervals;
mod keys;
mod leases;
mod leftovers;
mod log;
mod lost_answers;
mod names;
mod node;
mod open_claims;
mod plain;
mod polls;
mod proxy;
mod restarts;
mod stores;
mod tables;
