//! Shapes of secrets.
