//! Time of one parse, for a few typical strings: `cargo run --release -p expr --example speed`.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::hint::black_box;
use std::time::Instant;

fn main() {
    const ROUNDS: u32 = 200_000;
    for text in [
        "plain text that holds no expression at all",
        "@{variables('counter')}",
        "@equals(outputs('Get_item')?['body/Status'],'Approved by X')",
        "@if(equals(variables('a'),true),concat('x',body('Get')),null)",
        "@if(equals(variables('a') == true),concat(\"x\",body('Get'",
    ] {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(expr::parse(black_box(text)));
        }
        let each = start.elapsed().as_nanos() / u128::from(ROUNDS);
        println!("{each:>6} ns  {:>3} characters  {text}", text.len());
    }
}
