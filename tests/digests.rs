//! The same code gives the same bits natively and as wasm.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn integers_wrap_alike() {
    assert_eq!(u64::MAX.wrapping_mul(3), u64::MAX - 2);
}
