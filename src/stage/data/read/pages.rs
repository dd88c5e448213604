//! What the pages of a Parquet file claim to hold, looked at before the decoder makes room for it.
//!
//! The decoder takes counts as they stand in a page's header: a damaged one makes it ask for more memory than there is,
//! which ends the whole program and cannot be caught.

use polars::io::parquet::metadata::FileMetadata;
use polars_parquet_format::PageHeader;
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

/// The most bytes a header may take; those that are written hold at most a few statistics.
const HEADER_BYTES: usize = 1 << 26;
/// What a page may unpack to. Writers aim at 1 MiB; a page is unpacked as a whole.
const PAGE_BYTES: i32 = 1 << 29;

/// An error in words when a page of one of `names` claims more values than its column has.
pub fn check<R: Read + Seek>(reader: R, metadata: &FileMetadata, names: &[String]) -> Result<(), String> {
    let mut reader = BufReader::with_capacity(4096, reader);
    for group in &metadata.row_groups {
        for name in names {
            let columns = group.columns_under_root_iter(name).ok_or_else(|| format!("column {name} is missing"))?;
            for column in columns {
                let values = column.num_values();
                if values < 0 || column.data_page_offset() < 0 || column.compressed_size() < 0 {
                    return Err(format!("column {name} has counts below zero"));
                }
                let range = column.byte_range();
                check_column(&mut reader, range.start, range.end, values)
                    .map_err(|what| format!("column {name}: {what}"))?;
            }
        }
    }
    Ok(())
}

fn check_column<R: Read + Seek>(reader: &mut BufReader<R>, start: u64, end: u64, values: i64) -> Result<(), String> {
    let (mut at, mut seen) = (start, 0_i64);
    while seen < values && at < end {
        reader.seek(SeekFrom::Start(at)).map_err(|e| e.to_string())?;
        if reader.fill_buf().map_err(|e| e.to_string())?.is_empty() {
            return Ok(()); // The file ends here: the decoder says so.
        }
        let mut protocol = TCompactInputProtocol::new(&mut *reader, HEADER_BYTES);
        let header = PageHeader::read_from_in_protocol(&mut protocol).map_err(|e| format!("page header: {e:?}"))?;
        seen += page_values(&header, values)?;
        at = reader.stream_position().map_err(|e| e.to_string())? + header.compressed_page_size as u64;
    }
    Ok(())
}

/// How many of the column's `values` the page holds; a page of a dictionary holds none of them.
fn page_values(header: &PageHeader, values: i64) -> Result<i64, String> {
    if header.compressed_page_size < 0 || !(0..=PAGE_BYTES).contains(&header.uncompressed_page_size) {
        return Err(format!("a page of {} bytes", header.uncompressed_page_size));
    }
    if let Some(dictionary) = &header.dictionary_page_header
        && !(0..=header.uncompressed_page_size).contains(&dictionary.num_values)
    {
        return Err(format!("a dictionary of {} entries", dictionary.num_values));
    }
    let (one, two) = (&header.data_page_header, &header.data_page_header_v2);
    let counts =
        [one.as_ref().map(|h| h.num_values), two.as_ref().map(|h| h.num_values), two.as_ref().map(|h| h.num_nulls)];
    for count in counts.into_iter().flatten() {
        if !(0..=values).contains(&i64::from(count)) {
            return Err(format!("a page of {count} values in a column of {values}"));
        }
    }
    Ok(one.as_ref().map(|h| h.num_values).or(two.as_ref().map(|h| h.num_values)).map_or(0, i64::from))
}
