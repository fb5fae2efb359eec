pub const MORE: u32 = 1;
