//! The map of customers: principal components at once, t-SNE for a closer look.

pub mod pca;
