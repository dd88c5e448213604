//! The sample shop: a made-up shop with a known truth in it.
