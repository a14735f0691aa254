//! A component as large as one likes, whose code is code.

use crate::guest_by_hand;

/// Bytes of code in a function, more or less.
const FUNCTION: usize = 400;

/// A component of about so many bytes: the honest guest, and a second module
/// that is compiled and instantiated with it. Half of that are functions, each
/// different, and half is data, as in a component that carries an interpreter.
///
/// # Errors
///
/// As [`guest_by_hand`].
pub fn large_component(bytes: usize) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let mut component = guest_by_hand("honest")?;
    let module = module(bytes / 2);
    section(&mut component, 1, &module);
    // One core instance, of module 1, with nothing to import.
    section(&mut component, 2, &[1, 0, 1, 0]);
    Ok(component)
}

fn module(half: usize) -> Vec<u8> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let bodies: Vec<Vec<u8>> = (0..half / FUNCTION).map(|_| body(&mut random)).collect();
    let count = leb(bodies.len());
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    // (func (param i32 i32) (result i32))
    section(&mut module, 1, &[1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]);
    section(
        &mut module,
        3,
        &[count.clone(), vec![0; bodies.len()]].concat(),
    );
    let pages = leb(half.div_ceil(1 << 16) + 1);
    section(&mut module, 5, &[vec![1, 0], pages].concat());
    section(&mut module, 10, &[count, bodies.concat()].concat());
    let data: Vec<u8> = (0..half).map(|_| random.next()).collect();
    // One active segment, from address 0.
    let segment = [vec![1, 0, 0x41, 0, 0x0b], leb(half), data].concat();
    section(&mut module, 11, &segment);
    module
}

/// Arithmetic, memory and loops over both parameters.
fn body(random: &mut Random) -> Vec<u8> {
    // No locals; a block, and in it a loop.
    let mut code = vec![0, 0x02, 0x40, 0x03, 0x40];
    while code.len() < FUNCTION {
        let (offset, constant) = (leb(usize::from(random.next())), random.next() & 0x3f);
        let local = random.next() % 2;
        match random.next() % 4 {
            // local = local OP constant
            0 => code.extend([
                0x20,
                local,
                0x41,
                constant,
                0x6a + random.next() % 3,
                0x21,
                local,
            ]),
            // local = memory[other + offset]
            1 => {
                code.extend([0x20, 1 - local, 0x28, 2]);
                code.extend(offset);
                code.extend([0x21, local]);
            }
            // memory[local + offset] = other
            2 => {
                code.extend([0x20, local, 0x20, 1 - local, 0x36, 2]);
                code.extend(offset);
            }
            // On with the loop, or out of it, if local says so.
            _ => code.extend([0x20, local, 0x0d, random.next() % 2]),
        }
    }
    code.extend([0x0b, 0x0b, 0x20, 0, 0x0b]);
    [leb(code.len()), code].concat()
}

fn section(to: &mut Vec<u8>, id: u8, content: &[u8]) {
    to.push(id);
    to.extend(leb(content.len()));
    to.extend(content);
}

/// An unsigned number as WebAssembly writes it.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low & 0x7f);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// The same numbers each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let [byte, ..] = self.0.to_le_bytes();
        byte
    }
}
