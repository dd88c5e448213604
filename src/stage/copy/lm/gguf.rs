//! The header of a GGUF file, read from a slice without trusting it.
//!
//! Nothing is allocated that is not backed by bytes of the file: names, metadata and arrays stay where they
//! are and are looked up there. Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

use super::error::LmError;
use std::collections::BTreeMap;

/// A type of numbers in a tensor: ggml's number, name, weights in a block, bytes of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberType {
    pub id: u32,
    pub name: &'static str,
    pub block: u64,
    pub bytes: u64,
}

const fn number_type(id: u32, name: &'static str, block: u64, bytes: u64) -> NumberType {
    NumberType { id, name, block, bytes }
}

/// The types that the runtime can read (ggml's others, the IQ family and integers, are named, not read).
pub const NUMBER_TYPES: [NumberType; 14] = [
    number_type(0, "F32", 1, 4),
    number_type(1, "F16", 1, 2),
    number_type(2, "Q4_0", 32, 18),
    number_type(3, "Q4_1", 32, 20),
    number_type(6, "Q5_0", 32, 22),
    number_type(7, "Q5_1", 32, 24),
    number_type(8, "Q8_0", 32, 34),
    number_type(10, "Q2_K", 256, 84),
    number_type(11, "Q3_K", 256, 110),
    number_type(12, "Q4_K", 256, 144),
    number_type(13, "Q5_K", 256, 176),
    number_type(14, "Q6_K", 256, 210),
    number_type(15, "Q8_K", 256, 292),
    number_type(30, "BF16", 1, 2),
];

/// Names of types that are known, but not read.
const UNREAD: [(u32, &str); 18] = [
    (9, "Q8_1"),
    (16, "IQ2_XXS"),
    (17, "IQ2_XS"),
    (18, "IQ3_XXS"),
    (19, "IQ1_S"),
    (20, "IQ4_NL"),
    (21, "IQ3_S"),
    (22, "IQ2_S"),
    (23, "IQ4_XS"),
    (24, "I8"),
    (25, "I16"),
    (26, "I32"),
    (27, "I64"),
    (28, "F64"),
    (29, "IQ1_M"),
    (34, "TQ1_0"),
    (35, "TQ2_0"),
    (39, "MXFP4"),
];

/// A metadata value; texts and arrays point into the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    Text(&'a [u8]),
    Array(Array<'a>),
}

/// An array of one simple type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Array<'a> {
    kind: u32,
    pub len: u64,
    bytes: &'a [u8],
}

impl<'a> Array<'a> {
    /// The items, one after the other.
    pub fn items(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let mut cursor = Cursor { bytes: self.bytes, at: 0 };
        let (kind, mut left) = (self.kind, self.len);
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            cursor.value(kind, 1).ok()
        })
    }
}

/// One row of the tensor table. `dims` has the fastest-running one first, as in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor<'a> {
    pub name: &'a str,
    pub dims: Vec<u64>,
    pub kind: NumberType,
    /// First byte, counted from the start of the file.
    pub start: u64,
    pub bytes: u64,
}

impl Tensor<'_> {
    pub fn elements(&self) -> u64 {
        self.dims.iter().product()
    }
}

/// Everything before the weights.
#[derive(Debug, Clone)]
pub struct Header<'a> {
    pub version: u32,
    pub metadata: BTreeMap<&'a str, Value<'a>>,
    pub tensors: BTreeMap<&'a str, Tensor<'a>>,
    /// Bytes the file must have.
    pub expected_size: u64,
}

impl<'a> Header<'a> {
    /// Reads the header of `file` and checks the tensor table against the file's size.
    pub fn read(file: &'a [u8]) -> Result<Self, LmError> {
        let mut cursor = Cursor { bytes: file, at: 0 };
        if file.len() < 4 || &file[..4] != b"GGUF" {
            return Err(LmError::NotGguf);
        }
        cursor.at = 4;
        let version = cursor.u32()?;
        if !(2..=3).contains(&version) {
            return Err(LmError::Version(version));
        }
        let (tensor_count, pair_count) = (cursor.u64()?, cursor.u64()?);
        // A pair takes at least 13 bytes, a tensor at least 32.
        cursor.plausible(pair_count, 13)?;
        cursor.plausible(tensor_count, 32)?;
        let mut metadata = BTreeMap::new();
        for _ in 0..pair_count {
            let key = cursor.name()?;
            let kind = cursor.u32()?;
            metadata.insert(key, cursor.value(kind, 0)?);
        }
        let alignment = match metadata.get("general.alignment") {
            None => 32,
            Some(Value::Unsigned(n)) if n.is_power_of_two() && *n <= 1 << 20 => *n,
            Some(_) => return Err(LmError::Key { key: "general.alignment".into(), what: "no power of two" }),
        };
        let mut tensors = BTreeMap::new();
        for _ in 0..tensor_count {
            let tensor = cursor.tensor()?;
            tensors.insert(tensor.name, tensor);
        }
        let data = (cursor.at as u64).next_multiple_of(alignment);
        let mut header = Self { version, metadata, tensors, expected_size: file.len() as u64 };
        header.place(data, alignment, file.len() as u64)?;
        Ok(header)
    }

    /// Turns the tensors' offsets into places in the file and compares the end with the file's size.
    fn place(&mut self, data: u64, alignment: u64, size: u64) -> Result<(), LmError> {
        let mut end = data.min(size);
        for tensor in self.tensors.values_mut() {
            let offset = tensor.start;
            let header = |what| LmError::Header { what, at: offset };
            if !tensor.start.is_multiple_of(alignment) {
                return Err(header("a tensor's offset is not aligned"));
            }
            tensor.start = data.checked_add(tensor.start).ok_or_else(|| header("a tensor's offset overflows"))?;
            let until = tensor.start.checked_add(tensor.bytes).ok_or_else(|| header("a tensor's end overflows"))?;
            end = end.max(until);
        }
        self.expected_size = end;
        if end > size {
            return Err(LmError::Incomplete { missing: end - size, expected: end });
        }
        Ok(())
    }

    pub fn text(&self, key: &str) -> Option<&'a str> {
        match self.metadata.get(key)? {
            Value::Text(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub fn whole(&self, key: &str) -> Option<u64> {
        match *self.metadata.get(key)? {
            Value::Unsigned(n) => Some(n),
            Value::Signed(n) => u64::try_from(n).ok(),
            _ => None,
        }
    }

    pub fn float(&self, key: &str) -> Option<f64> {
        match *self.metadata.get(key)? {
            Value::Float(x) => Some(x),
            Value::Unsigned(n) => Some(n as f64),
            Value::Signed(n) => Some(n as f64),
            _ => None,
        }
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        match *self.metadata.get(key)? {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }

    pub fn array(&self, key: &str) -> Option<Array<'a>> {
        match *self.metadata.get(key)? {
            Value::Array(array) => Some(array),
            _ => None,
        }
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn error(&self, what: &'static str) -> LmError {
        LmError::Header { what, at: self.at as u64 }
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], LmError> {
        let cut = LmError::HeaderCut { size: self.bytes.len() as u64 };
        let len = usize::try_from(len).map_err(|_| cut.clone())?;
        let end = self.at.checked_add(len).filter(|end| *end <= self.bytes.len()).ok_or(cut)?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], LmError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N as u64)?);
        Ok(out)
    }

    fn u32(&mut self) -> Result<u32, LmError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, LmError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// `count` things of at least `least` bytes must fit into the rest.
    fn plausible(&self, count: u64, least: u64) -> Result<(), LmError> {
        let rest = (self.bytes.len() - self.at) as u64;
        match count.checked_mul(least) {
            Some(need) if need <= rest => Ok(()),
            _ => Err(LmError::HeaderCut { size: self.bytes.len() as u64 }),
        }
    }

    fn text(&mut self) -> Result<&'a [u8], LmError> {
        let len = self.u64()?;
        self.take(len)
    }

    fn name(&mut self) -> Result<&'a str, LmError> {
        let text = self.text()?;
        std::str::from_utf8(text).map_err(|_| self.error("a name is not UTF-8"))
    }

    fn value(&mut self, kind: u32, depth: u32) -> Result<Value<'a>, LmError> {
        Ok(match kind {
            0 => Value::Unsigned(u64::from(self.array::<1>()?[0])),
            1 => Value::Signed(i64::from(i8::from_le_bytes(self.array()?))),
            2 => Value::Unsigned(u64::from(u16::from_le_bytes(self.array()?))),
            3 => Value::Signed(i64::from(i16::from_le_bytes(self.array()?))),
            4 => Value::Unsigned(u64::from(self.u32()?)),
            5 => Value::Signed(i64::from(i32::from_le_bytes(self.array()?))),
            6 => Value::Float(f64::from(f32::from_le_bytes(self.array()?))),
            7 => Value::Bool(self.array::<1>()?[0] != 0),
            8 => Value::Text(self.text()?),
            9 if depth == 0 => Value::Array(self.values()?),
            9 => return Err(self.error("an array within an array")),
            10 => Value::Unsigned(self.u64()?),
            11 => Value::Signed(i64::from_le_bytes(self.array()?)),
            12 => Value::Float(f64::from_le_bytes(self.array()?)),
            _ => return Err(self.error("an unknown type of value")),
        })
    }

    fn values(&mut self) -> Result<Array<'a>, LmError> {
        let (kind, len) = (self.u32()?, self.u64()?);
        let least = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            8 | 10..=12 => 8,
            _ => return Err(self.error("an unknown type of array")),
        };
        self.plausible(len, least)?;
        let from = self.at;
        if kind == 8 {
            for _ in 0..len {
                self.text()?;
            }
        } else {
            self.take(len * least)?;
        }
        Ok(Array { kind, len, bytes: &self.bytes[from..self.at] })
    }

    fn tensor(&mut self) -> Result<Tensor<'a>, LmError> {
        let name = self.name()?;
        let rank = self.u32()?;
        if rank == 0 || rank > 4 {
            return Err(self.error("a tensor's rank is not 1 to 4"));
        }
        let mut dims = Vec::with_capacity(rank as usize);
        let mut elements = 1_u64;
        for _ in 0..rank {
            let dim = self.u64()?;
            elements = elements.checked_mul(dim).filter(|n| *n > 0).ok_or(self.error("a tensor's size"))?;
            dims.push(dim);
        }
        let id = self.u32()?;
        let kind = NUMBER_TYPES.into_iter().find(|kind| kind.id == id).ok_or_else(|| {
            let known = UNREAD.iter().find(|(unread, _)| *unread == id);
            let kind = known.map_or_else(|| format!("number {id}"), |(_, name)| (*name).to_string());
            LmError::Quantisation { tensor: name.to_string(), kind }
        })?;
        if !dims[0].is_multiple_of(kind.block) {
            return Err(self.error("a tensor's row is no multiple of its block"));
        }
        let bytes = (elements / kind.block).checked_mul(kind.bytes).ok_or(self.error("a tensor's size"))?;
        Ok(Tensor { name, dims, kind, start: self.u64()?, bytes })
    }
}
