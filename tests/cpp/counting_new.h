#ifndef COUNTING_NEW_H
#define COUNTING_NEW_H
/* What counting_new.cpp knows of operator new: the library takes memory in no other way. */
#ifdef __cplusplus
extern "C" {
#endif
long counted_allocations(void);
long living_allocations(void);
/* The n-th allocation from now on fails, once; -1: none does. */
void fail_allocation_after(long n);
/* Whether an allocation is still to fail. */
int allocation_will_fail(void);
#ifdef __cplusplus
}
#endif
#endif
