#include "child.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <istream>
#include <iterator>
#include <string>
#include <vector>

#include <gdcm-3.0/gdcmImage.h>
#include <gdcm-3.0/gdcmJPEG2000Codec.h>
#include <gdcm-3.0/gdcmJPEGCodec.h>
#include <gdcm-3.0/gdcmJPEGLSCodec.h>
#include <gdcm-3.0/gdcmRAWCodec.h>
#include <gdcm-3.0/gdcmRLECodec.h>
#include <gdcm-3.0/gdcmReader.h>

namespace {

void copy(const std::string &source, char (&target)[CDICOM_TEXT]) {
    const size_t length = std::min(source.size(), size_t(CDICOM_TEXT - 1));
    std::memcpy(target, source.data(), length);
    target[length] = 0;
}

// The end of a number by the standard's grammar of decimal strings: a sign, digits with a point, an exponent. `at` itself if there is
// none.
const char *end_of_decimal(const char *at) {
    const char *next = at;
    bool has_digits = false;
    const auto digits = [&] {
        while (*next >= '0' && *next <= '9') next++, has_digits = true;
    };
    if (*next == '+' || *next == '-') next++;
    digits();
    if (*next == '.') {
        next++;
        digits();
    }
    if (!has_digits) return at;
    if (*next == 'e' || *next == 'E') {
        next++;
        if (*next == '+' || *next == '-') next++;
        has_digits = false;
        digits();
        if (!has_digits) return at;
    }
    return next;
}

// Exactly `count` decimal numbers with backslashes between them and blanks around, and nothing else.
bool parse(const std::string &source, double *numbers, int count) {
    const char *at = source.c_str();
    for (int i = 0; i < count; i++) {
        while (*at == ' ') at++;
        const char *end = end_of_decimal(at);
        if (end == at) return false;
        // The first character behind a number is none that could go on with it.
        numbers[i] = std::strtod(std::string(at, end).c_str(), nullptr);
        while (*end == ' ') end++;
        if (i + 1 < count ? *end != '\\' : end != source.c_str() + source.size()) return false;
        at = end + 1;
    }
    return true;
}

// The numbers of an element; false if it is absent or empty, and if it is none: then its name and text are kept.
bool decimals(const gdcm::DataSet &set, uint16_t group, uint16_t element, const char *name, double *numbers, int count,
    cdicom_header *header) {
    const std::string source = text(set, group, element);
    if (source.empty()) return false;
    if (parse(source, numbers, count)) return true;
    if (header->no_number[0] == 0) {
        copy(name, header->no_number);
        copy(source, header->no_number_text);
    }
    return false;
}

// An unsigned or, if wanted, signed 16-bit number; GDCM has brought it into the machine's byte order.
bool word(const gdcm::DataSet &set, uint16_t group, uint16_t element, bool is_signed, int32_t *number) {
    const gdcm::ByteValue *value = bytes(set, group, element);
    if (value == nullptr || value->GetLength() < 2) return false;
    uint16_t bits = 0;
    std::memcpy(&bits, value->GetPointer(), 2);
    *number = is_signed ? int32_t(int16_t(bits)) : int32_t(bits);
    return true;
}

// A file that notices when it ends before what was asked of it: GDCM fills up a value that breaks off, or decodes half a code
// stream, and is content.
class WatchedFile : public std::filebuf {
  public:
    explicit WatchedFile(const char *path) : stream(this) { open(path, std::ios::in | std::ios::binary); }
    std::istream stream;

    bool is_cut() const { return is_cut_; }

    // Whether a sequence of fragments has its end: nothing but padding or a signature follows the last delimiter.
    bool has_last_delimiter() {
        const std::string delimiter("\xfe\xff\xdd\xe0\0\0\0\0", 8);
        stream.clear();
        stream.seekg(0);
        const std::string content{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
        const size_t at = content.rfind(delimiter);
        if (at == std::string::npos) return false;
        const std::string rest = content.substr(at + delimiter.size());
        return rest.empty() || (rest.size() >= 8 && rest[1] == '\xff' && uint8_t(rest[0]) >= 0xfa);
    }

  protected:
    // A tag, asked for at the end, is how a reader finds the end; anything longer is missing.
    std::streamsize xsgetn(char *target, std::streamsize count) override {
        const std::streamsize got = std::filebuf::xsgetn(target, count);
        if (got < count && (got > 0 || count > 8)) is_cut_ = true;
        return got;
    }

  private:
    bool is_cut_ = false;
};

// One codec per transfer syntax. `Image::GetBuffer` would try all of them in turn, at last an external program without any bound
// on time or memory.
struct Codecs {
    gdcm::RAWCodec raw;
    gdcm::JPEGCodec jpeg;
    gdcm::JPEGLSCodec jpegls;
    gdcm::JPEG2000Codec jpeg2000;
    gdcm::RLECodec rle;

    // Null where pixels of a transfer syntax cannot be decoded here.
    gdcm::ImageCodec *of(gdcm::TransferSyntax syntax) {
        if (syntax == gdcm::TransferSyntax::DeflatedExplicitVRLittleEndian) return nullptr;
        for (gdcm::ImageCodec *codec : std::initializer_list<gdcm::ImageCodec *>{&raw, &jpeg, &jpegls, &jpeg2000, &rle}) {
            if (codec->CanDecode(syntax)) return codec;
        }
        return nullptr;
    }
};

// The transfer syntax that a file names, also one that the reader does not know; empty without one.
std::string syntax_of(const gdcm::File &file) {
    return text(file.GetHeader(), 0x0002, 0x0010);
}

bool is_known(const std::string &syntax) {
    const gdcm::TransferSyntax::TSType type = gdcm::TransferSyntax::GetTSType(syntax.c_str());
    return type != gdcm::TransferSyntax::TS_END && Codecs().of(type) != nullptr;
}

cdicom_status read_header(const char *path, cdicom_header *header) {
    WatchedFile file(path);
    gdcm::Reader reader;
    reader.SetStream(file.stream);
    *header = cdicom_header();
    bool is_read = false;
    try {
        is_read = reader.ReadUpToTag(gdcm::Tag(0x7fe0, 0x0010));
    } catch (...) {
    }
    const std::string syntax = syntax_of(reader.GetFile());
    copy(syntax, header->syntax);
    if (!syntax.empty() && !is_known(syntax)) return CDICOM_SYNTAX;
    if (!is_read) return CDICOM_NOT_DICOM;
    const gdcm::DataSet &set = reader.GetFile().GetDataSet();
    if (set.IsEmpty()) return CDICOM_NOT_DICOM;
    if (file.is_cut()) return CDICOM_DAMAGED;
    copy(text(set, 0x0008, 0x0060), header->modality);
    copy(text(set, 0x0028, 0x0004), header->photometric);
    copy(text(set, 0x0020, 0x000e), header->series_uid);
    copy(text(set, 0x0008, 0x103e), header->series_description);
    copy(text(set, 0x0010, 0x0020), header->patient_id);
    copy(text(set, 0x0028, 0x1054), header->rescale_type);
    word(set, 0x0028, 0x0010, false, &header->rows);
    word(set, 0x0028, 0x0011, false, &header->columns);
    if (!word(set, 0x0028, 0x0002, false, &header->samples)) header->samples = 1;
    double frames = 1;
    decimals(set, 0x0028, 0x0008, "NumberOfFrames", &frames, 1, header);
    header->frames = frames >= 1 && frames <= 1e6 ? int32_t(frames) : -1;
    word(set, 0x0028, 0x0100, false, &header->bits_allocated);
    word(set, 0x0028, 0x0101, false, &header->bits_stored);
    if (!word(set, 0x0028, 0x0102, false, &header->high_bit)) header->high_bit = header->bits_stored - 1;
    int32_t representation = 0;
    word(set, 0x0028, 0x0103, false, &representation);
    header->is_signed = representation == 1;
    header->has_lookup_table = set.FindDataElement(gdcm::Tag(0x0028, 0x3000));
    header->has_rescale = decimals(set, 0x0028, 0x1053, "RescaleSlope", &header->slope, 1, header)
        && decimals(set, 0x0028, 0x1052, "RescaleIntercept", &header->intercept, 1, header);
    header->has_padding = word(set, 0x0028, 0x0120, header->is_signed, &header->padding);
    if (!word(set, 0x0028, 0x0121, header->is_signed, &header->padding_limit)) header->padding_limit = header->padding;
    header->has_position = decimals(set, 0x0020, 0x0032, "ImagePositionPatient", header->position, 3, header);
    header->has_orientation = decimals(set, 0x0020, 0x0037, "ImageOrientationPatient", header->orientation, 6, header);
    header->has_spacing = decimals(set, 0x0028, 0x0030, "PixelSpacing", header->spacing, 2, header);
    header->has_thickness = decimals(set, 0x0018, 0x0050, "SliceThickness", &header->thickness, 1, header);
    return CDICOM_OK;
}

bool decode(const gdcm::Image &image, gdcm::TransferSyntax syntax, gdcm::DataElement &values) {
    Codecs codecs;
    gdcm::ImageCodec *codec = codecs.of(syntax);
    if (codec == nullptr) return false;
    // The reader has swapped what the standard calls big endian; the private syntax swaps pixels alone.
    codecs.raw.SetNeedByteSwap(syntax == gdcm::TransferSyntax::ImplicitVRBigEndianPrivateGE);
    codecs.jpegls.SetBufferLength(image.GetBufferLength());
    codecs.rle.SetBufferLength(image.GetBufferLength());
    codec->SetDimensions(image.GetDimensions());
    codec->SetNumberOfDimensions(image.GetNumberOfDimensions());
    codec->SetPlanarConfiguration(image.GetPlanarConfiguration());
    codec->SetPhotometricInterpretation(image.GetPhotometricInterpretation());
    codec->SetPixelFormat(image.GetPixelFormat());
    return codec->Decode(image.GetDataElement(), values);
}

// The image without its pixels decoded: the header's sizes and format, and the data element as it stands in the file.
bool describe(const gdcm::File &file, gdcm::Image &image) {
    const gdcm::DataSet &set = file.GetDataSet();
    const gdcm::Tag tag(0x7fe0, 0x0010);
    int32_t rows = 0, columns = 0, allocated = 0, stored = 0, high = 0, representation = 0;
    if (!set.FindDataElement(tag) || !word(set, 0x0028, 0x0010, false, &rows) || !word(set, 0x0028, 0x0011, false, &columns)
        || !word(set, 0x0028, 0x0100, false, &allocated) || !word(set, 0x0028, 0x0101, false, &stored))
        return false;
    if (!word(set, 0x0028, 0x0102, false, &high)) high = stored - 1;
    word(set, 0x0028, 0x0103, false, &representation);
    if ((allocated != 8 && allocated != 16) || stored < 1 || stored > allocated || high < stored - 1 || high >= allocated)
        return false;
    image.SetNumberOfDimensions(2);
    image.SetColumns(columns);
    image.SetRows(rows);
    image.SetPixelFormat(gdcm::PixelFormat(1, allocated, stored, high, representation));
    image.SetPhotometricInterpretation(gdcm::PhotometricInterpretation::MONOCHROME2);
    image.SetDataElement(set.GetDataElement(tag));
    return true;
}

// Stored values are cut out of their words here, whatever the codec has left above them.
void extract(const char *bytes, const gdcm::PixelFormat &format, int32_t *values, size_t count) {
    const int stored = format.GetBitsStored();
    const int shift = format.GetHighBit() + 1 - stored;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = 0;
        if (format.GetBitsAllocated() == 16) {
            uint16_t word = 0;
            std::memcpy(&word, bytes + 2 * i, 2);
            bits = word;
        } else {
            bits = uint8_t(bytes[i]);
        }
        bits = (bits >> shift) << (32 - stored);
        values[i] = format.GetPixelRepresentation() == 1 ? int32_t(bits) >> (32 - stored) : int32_t(bits >> (32 - stored));
    }
}

cdicom_status read_values(const char *path, int32_t *values, size_t count) {
    WatchedFile file(path);
    gdcm::Reader reader;
    reader.SetStream(file.stream);
    if (!reader.Read() || file.is_cut()) return CDICOM_DAMAGED;
    const gdcm::TransferSyntax syntax = reader.GetFile().GetHeader().GetDataSetTransferSyntax();
    gdcm::Image image;
    if (!describe(reader.GetFile(), image)) return CDICOM_NO_IMAGE;
    const size_t size = count * image.GetPixelFormat().GetBitsAllocated() / 8;
    if (size_t(image.GetColumns()) * image.GetRows() != count) return CDICOM_DAMAGED;
    if (syntax.IsEncapsulated() && !file.has_last_delimiter()) return CDICOM_DAMAGED;
    gdcm::DataElement decoded(gdcm::Tag(0x7fe0, 0x0010));
    if (!decode(image, syntax, decoded)) return CDICOM_DAMAGED;
    const gdcm::ByteValue *bytes = decoded.GetByteValue();
    if (bytes == nullptr || bytes->GetLength() < size) return CDICOM_DAMAGED;
    extract(bytes->GetPointer(), image.GetPixelFormat(), values, count);
    return CDICOM_OK;
}

// What a child leaves for its parent.
class SharedBytes {
  public:
    explicit SharedBytes(size_t size)
        : size_(size), start_(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {}
    ~SharedBytes() {
        if (is_there()) munmap(start_, size_);
    }
    SharedBytes(const SharedBytes &) = delete;
    SharedBytes &operator=(const SharedBytes &) = delete;
    bool is_there() const { return start_ != MAP_FAILED; }
    void *start() const { return start_; }

  private:
    size_t size_;
    void *start_;
};

// Seconds that reading one slice may take: far beyond any slice.
constexpr unsigned seconds_allowed = 10;

// Reads in a child process.
template <typename Body> cdicom_status isolated(void *result, size_t size, cdicom_status crashed, Body body) {
    SharedBytes shared(size);
    if (!shared.is_there()) return CDICOM_NO_MEMORY;
    const pid_t child = fork();
    if (child < 0) return CDICOM_NO_MEMORY;
    if (child == 0) end_with(-1, seconds_allowed, [&] { return body(shared.start()); });
    const cdicom_status status = ending(child, crashed);
    if (status == CDICOM_OK || status == CDICOM_SYNTAX) std::memcpy(result, shared.start(), size);
    return status;
}

}  // namespace

cdicom_status cdicom_read_header(const char *path, cdicom_header *header) {
    return isolated(header, sizeof *header, CDICOM_NOT_DICOM, [=](void *result) {
        return read_header(path, static_cast<cdicom_header *>(result));
    });
}

cdicom_status cdicom_read_values(const char *path, int32_t *values, size_t count) {
    return isolated(values, count * sizeof *values, CDICOM_DAMAGED, [=](void *result) {
        return read_values(path, static_cast<int32_t *>(result), count);
    });
}
