use crate::design::Chart; pub(super) const CHARTS: &[Chart] = &[];
