#ifndef LDCT_CDICOM_CHILD_HPP
#define LDCT_CDICOM_CHILD_HPP

#include "cdicom.h"

#include "isolation.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <string>

#include <gdcm-3.0/gdcmDataSet.h>
#include <gdcm-3.0/gdcmTrace.h>

// GDCM asserts what a damaged file makes false, and Debian builds it with assertions on: in this process a broken file would end the
// program. In a child process it is one more way to say that the file is damaged.

// The child: does its work within `seconds` and ends with its status. `keep` is the one file that stays open, -1 for none. No exception
// leaves C++: those of GDCM are about the file. What GDCM thinks of a file goes to standard error; here a status says it.
template <typename Body> [[noreturn]] void end_with(int keep, unsigned seconds, Body body) {
    isolation_begin(keep, -1);
    isolation_allow(seconds);
    gdcm::Trace::DebugOff();
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();
    try {
        _exit(body());
    } catch (const std::bad_alloc &) {
        _exit(CDICOM_NO_MEMORY);
    } catch (...) {
        _exit(CDICOM_DAMAGED);
    }
}

// The parent: what a child ended with; `crashed` if it did not come so far.
inline cdicom_status ending(pid_t child, cdicom_status crashed) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return CDICOM_NO_MEMORY;
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) return CDICOM_ENDLESS;
    return WIFEXITED(status) ? cdicom_status(WEXITSTATUS(status)) : crashed;
}

inline const gdcm::ByteValue *bytes(const gdcm::DataSet &set, uint16_t group, uint16_t element) {
    const gdcm::Tag tag(group, element);
    if (!set.FindDataElement(tag)) return nullptr;
    const gdcm::ByteValue *value = set.GetDataElement(tag).GetByteValue();
    return value != nullptr && value->GetLength() > 0 ? value : nullptr;
}

// Without the blanks and zeros that make lengths even.
inline std::string text(const gdcm::DataSet &set, uint16_t group, uint16_t element) {
    const gdcm::ByteValue *value = bytes(set, group, element);
    if (value == nullptr) return "";
    const std::string result(value->GetPointer(), value->GetLength()), blanks(" \0\t\r\n", 5);
    const size_t start = result.find_first_not_of(blanks);
    return start == std::string::npos ? "" : result.substr(start, result.find_last_not_of(blanks) + 1 - start);
}

#endif
