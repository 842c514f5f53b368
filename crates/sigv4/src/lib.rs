//! Is this signature right? Header, presigned and chunked; pure.
