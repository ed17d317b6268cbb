//! Against naive references, and gradients against central differences.
