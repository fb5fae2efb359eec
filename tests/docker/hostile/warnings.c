// verdict: output_limit
// limits: output=65536
#warning flood flood flood flood flood flood flood flood
#if __INCLUDE_LEVEL__ < 190
#include __FILE__
#endif
