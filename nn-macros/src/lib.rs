//! The compiler behind `network!`: parse → graph → shapes → plan → emit.
