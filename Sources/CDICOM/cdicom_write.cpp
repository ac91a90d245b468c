#include "child.hpp"

#include <fcntl.h>

#include <cstdlib>
#include <cstring>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include <gdcm-3.0/gdcmFileExplicitFilter.h>
#include <gdcm-3.0/gdcmReader.h>
#include <gdcm-3.0/gdcmSequenceOfItems.h>
#include <gdcm-3.0/gdcmWriter.h>

namespace {

// Blanks fill texts up to an even length, a zero identifiers.
void put(gdcm::DataSet &set, uint16_t group, uint16_t element, gdcm::VR::VRType kind, std::string value) {
    if (value.size() % 2 == 1) value += kind == gdcm::VR::UI ? '\0' : ' ';
    gdcm::DataElement data(gdcm::Tag(group, element));
    data.SetVR(kind);
    data.SetByteValue(value.data(), uint32_t(value.size()));
    set.Replace(data);
}

void put(gdcm::DataSet &set, uint16_t group, uint16_t element, uint16_t value) {
    const char bytes[2] = {char(value & 0xff), char(value >> 8)};
    gdcm::DataElement data(gdcm::Tag(group, element));
    data.SetVR(gdcm::VR::US);
    data.SetByteValue(bytes, 2);
    set.Replace(data);
}

// Values of the old pixels and of the old file.
void drop(gdcm::DataSet &set) {
    std::vector<gdcm::Tag> old;
    for (const gdcm::DataElement &data : set.GetDES()) {
        const gdcm::Tag tag = data.GetTag();
        if (tag.GetElement() == 0 || tag.GetGroup() == 0xfffa || tag.GetGroup() == 0xfffc || tag.GetGroup() == 0x0400)
            old.push_back(tag);
    }
    for (const gdcm::Tag &tag : {gdcm::Tag(0x0028, 0x0106), gdcm::Tag(0x0028, 0x0107), gdcm::Tag(0x0028, 0x0108),
             gdcm::Tag(0x0028, 0x0109), gdcm::Tag(0x0028, 0x0120), gdcm::Tag(0x0028, 0x0121), gdcm::Tag(0x0028, 0x3000),
             gdcm::Tag(0x0028, 0x3010), gdcm::Tag(0x0088, 0x0200), gdcm::Tag(0x7fe0, 0x0001), gdcm::Tag(0x7fe0, 0x0002)})
        old.push_back(tag);
    for (const gdcm::Tag &tag : old) set.Remove(tag);
}

void refer(gdcm::DataSet &set, const std::string &kind, const std::string &instance) {
    gdcm::Item item;
    item.SetVLToUndefined();
    put(item.GetNestedDataSet(), 0x0008, 0x1150, gdcm::VR::UI, kind);
    put(item.GetNestedDataSet(), 0x0008, 0x1155, gdcm::VR::UI, instance);
    gdcm::SmartPointer<gdcm::SequenceOfItems> items = new gdcm::SequenceOfItems;
    items->SetLengthToUndefined();
    items->AddItem(item);
    gdcm::DataElement data(gdcm::Tag(0x0008, 0x2112));
    data.SetVR(gdcm::VR::SQ);
    data.SetValue(*items);
    data.SetVLToUndefined();
    set.Replace(data);
}

// Attributes that a CT image has to have, though they may be empty: many files lack some, and viewers refuse them.
void complete(gdcm::DataSet &set) {
    const struct {
        uint16_t group, element;
        gdcm::VR::VRType kind;
    } required[] = {
        {0x0008, 0x0020, gdcm::VR::DA}, {0x0008, 0x0030, gdcm::VR::TM}, {0x0008, 0x0050, gdcm::VR::SH},
        {0x0008, 0x0070, gdcm::VR::LO}, {0x0008, 0x0090, gdcm::VR::PN}, {0x0010, 0x0010, gdcm::VR::PN},
        {0x0010, 0x0020, gdcm::VR::LO}, {0x0010, 0x0030, gdcm::VR::DA}, {0x0010, 0x0040, gdcm::VR::CS},
        {0x0018, 0x0050, gdcm::VR::DS}, {0x0018, 0x0060, gdcm::VR::DS}, {0x0018, 0x5100, gdcm::VR::CS},
        {0x0020, 0x0010, gdcm::VR::SH}, {0x0020, 0x0012, gdcm::VR::IS}, {0x0020, 0x0013, gdcm::VR::IS},
        {0x0020, 0x0060, gdcm::VR::CS}, {0x0020, 0x1040, gdcm::VR::LO},
    };
    for (const auto &one : required) {
        if (!set.FindDataElement(gdcm::Tag(one.group, one.element))) put(set, one.group, one.element, one.kind, "");
    }
}

// The third value of an image type says how the slice lies: AXIAL.
std::string derived_type(const std::string &type) {
    const size_t first = type.find('\\');
    const size_t second = first == std::string::npos ? first : type.find('\\', first + 1);
    return "DERIVED\\SECONDARY" + (second == std::string::npos ? "\\AXIAL" : type.substr(second));
}

void put_pixels(gdcm::DataSet &set, const int16_t *hu, size_t count) {
    std::vector<char> bytes(2 * count);
    for (size_t i = 0; i < count; i++) {
        bytes[2 * i] = char(uint16_t(hu[i]) & 0xff);
        bytes[2 * i + 1] = char(uint16_t(hu[i]) >> 8);
    }
    gdcm::DataElement data(gdcm::Tag(0x7fe0, 0x0010));
    data.SetVR(gdcm::VR::OW);
    data.SetByteValue(bytes.data(), uint32_t(bytes.size()));
    set.Replace(data);
    put(set, 0x0028, 0x0100, 16);
    put(set, 0x0028, 0x0101, 16);
    put(set, 0x0028, 0x0102, 15);
    put(set, 0x0028, 0x0103, 1);
    put(set, 0x0028, 0x1052, gdcm::VR::DS, "0");
    put(set, 0x0028, 0x1053, gdcm::VR::DS, "1");
    put(set, 0x0028, 0x1054, gdcm::VR::LO, "HU");
}

cdicom_status derive(
    const char *source, const cdicom_derivation &derivation, const int16_t *hu, size_t count, std::ostream &result) {
    gdcm::Reader reader;
    reader.SetFileName(source);
    if (!reader.Read()) return CDICOM_NOT_DICOM;
    gdcm::File &file = reader.GetFile();
    // A source without explicit types would otherwise be written with unknown ones.
    gdcm::FileExplicitFilter filter;
    filter.SetChangePrivateTags(false);
    filter.SetFile(file);
    filter.Change();
    gdcm::DataSet &set = file.GetDataSet();
    const std::string kind = text(set, 0x0008, 0x0016), instance = text(set, 0x0008, 0x0018);
    drop(set);
    if (!kind.empty() && !instance.empty()) refer(set, kind, instance);
    put(set, 0x0008, 0x0008, gdcm::VR::CS, derived_type(text(set, 0x0008, 0x0008)));
    put(set, 0x0008, 0x0012, gdcm::VR::DA, derivation.date);
    put(set, 0x0008, 0x0013, gdcm::VR::TM, derivation.time);
    put(set, 0x0008, 0x0018, gdcm::VR::UI, derivation.instance_uid);
    put(set, 0x0008, 0x103e, gdcm::VR::LO, derivation.series_description);
    put(set, 0x0008, 0x2111, gdcm::VR::ST, derivation.derivation);
    put(set, 0x0020, 0x000e, gdcm::VR::UI, derivation.series_uid);
    const long number = std::strtol(text(set, 0x0020, 0x0011).c_str(), nullptr, 10);
    put(set, 0x0020, 0x0011, gdcm::VR::IS, std::to_string(1000 + (number > 0 && number < 1000000 ? number : 0)));
    put_pixels(set, hu, count);
    complete(set);
    gdcm::FileMetaInformation &meta = file.GetHeader();
    meta.Clear();
    meta.SetDataSetTransferSyntax(gdcm::TransferSyntax::ExplicitVRLittleEndian);
    gdcm::Writer writer;
    writer.SetStream(result);
    writer.SetFile(file);
    writer.SetCheckFileMetaInformation(true);
    return writer.Write() ? CDICOM_OK : CDICOM_DAMAGED;
}

// Seconds that a derivation may compute: far beyond any slice.
constexpr unsigned seconds_allowed = 60;

bool send_all(int to, const std::string &bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
        const ssize_t count = write(to, bytes.data() + sent, bytes.size() - sent);
        if (count < 0 && errno != EINTR) return false;
        if (count > 0) sent += size_t(count);
    }
    return true;
}

// Until the other end is closed. False where memory is short.
bool receive_all(int from, std::vector<char> &bytes) {
    char piece[1 << 16];
    while (true) {
        const ssize_t count = read(from, piece, sizeof piece);
        if (count == 0) return true;
        if (count < 0 && errno != EINTR) return false;
        try {
            if (count > 0) bytes.insert(bytes.end(), piece, piece + count);
        } catch (const std::bad_alloc &) {
            return false;
        }
    }
}

}  // namespace

// In a child process with the limits of reading.
cdicom_status cdicom_derive(
    const char *source, const cdicom_derivation *derivation, const int16_t *hu, size_t count, void **result,
    size_t *size) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return CDICOM_NO_MEMORY;
    const pid_t child = fork();
    if (child == 0) {
        end_with(ends[1], seconds_allowed, [&] {
            std::ostringstream bytes;
            const cdicom_status status = derive(source, *derivation, hu, count, bytes);
            return status == CDICOM_OK && !send_all(ends[1], bytes.str()) ? CDICOM_NO_MEMORY : status;
        });
    }
    close(ends[1]);
    std::vector<char> bytes;
    const bool is_whole = child > 0 && receive_all(ends[0], bytes);
    close(ends[0]);
    if (child < 0) return CDICOM_NO_MEMORY;
    const cdicom_status status = ending(child, CDICOM_DAMAGED);
    if (status != CDICOM_OK) return status;
    *result = is_whole ? std::malloc(bytes.size()) : nullptr;
    if (*result == nullptr) return CDICOM_NO_MEMORY;
    std::memcpy(*result, bytes.data(), bytes.size());
    *size = bytes.size();
    return CDICOM_OK;
}
