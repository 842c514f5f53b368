//! The built binary against real clients, and the contracts that hold over all services.
