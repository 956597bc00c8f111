/** The format of records: each begins with it, and so does what is signed, so that no signature holds for another format. */
export const RECORD_FORMAT = "inc-record-3";
