// Files of every kind of damage: each ends in an error that says why, or in the model that was written. Built by hand
// here; tests/python/test_model_file.py holds the same reader to Python's safetensors.
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <mirhydro/error.hpp>

#include "check.hpp"
#include "neural/model_file.hpp"
#include "neural/sha256.hpp"
#include "neural/stencil_net.hpp"

namespace {

using mirhydro::Error;
using mirhydro::neural::ModelFile;
using mirhydro::neural::StencilNet;
using Bytes = std::vector<std::byte>;

Bytes bytes_of(const std::string& text) {
  const auto* p = reinterpret_cast<const std::byte*>(text.data());
  return {p, p + text.size()};
}

std::string number(std::uint64_t value, int bytes = 8) {
  std::string text;
  for (int k = 0; k < bytes; ++k) text += static_cast<char>(value >> 8 * k & 0xff);
  return text;
}

/// What a file is made of; the tests spoil one part at a time.
struct Parts {
  std::string metadata, tensors, data;
  std::string text() const {
    const std::string header = "{\"__metadata__\":{" + metadata + "}" + tensors + "}";
    return number(header.size()) + header + data;
  }
};

std::string weights(std::size_t count) {
  std::string data;
  for (std::size_t k = 0; k < count; ++k) {
    const float x = .01f * static_cast<float>(k) - .1f;
    char raw[4];
    std::memcpy(raw, &x, 4);
    data.append(raw, 4);
  }
  return data;
}

std::string metadata_for(const std::string& data) {
  return "\"mirhydro\":\"1\",\"architecture\":\"stencil_net\",\"nodes\":\"2\",\"inputs\":\"3\",\"hidden\":\"2\","
         "\"features\":\"1\",\"stencil\":\"5\",\"dtype\":\"F32\",\"recipe\":\"{\\\"a\\\": \\u00e9}\",\"checksum\":\"" +
         mirhydro::neural::sha256(bytes_of(data)) + "\"";
}

std::string tensor(const std::string& name, const std::string& shape, std::size_t begin, std::size_t end) {
  return ",\"" + name + R"(":{"dtype":"F32","shape":[)" + shape + "],\"data_offsets\":[" + std::to_string(begin) + "," +
         std::to_string(end) + "]}";
}

/// 3 inputs, 2 hidden, 10 outputs.
Parts whole() {
  Parts p;
  p.data = weights(6 + 2 + 20 + 10);
  p.metadata = metadata_for(p.data);
  p.tensors = tensor("layer0.weight", "2,3", 0, 24) + tensor("layer0.bias", "2", 24, 32) +
              tensor("layer1.weight", "10,2", 32, 112) + tensor("layer1.bias", "10", 112, 152);
  return p;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  CHECK(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// The reason for which a file is refused; empty where it is not.
std::string refusal(const std::string& text) {
  try {
    const StencilNet net(ModelFile::parse("a.safetensors", bytes_of(text)));
    return {};
  } catch (const Error& error) {
    const std::string reason = error.what();
    CHECK(reason.find("a.safetensors") != std::string::npos && error.status() == mirhydro::Status::bad_argument);
    return reason;
  }
}

void refused(const std::string& text, const std::string& why) {
  const std::string reason = refusal(text);
  if (!CHECK(reason.find(why) != std::string::npos))
    std::printf("  wanted \"%s\", got \"%s\"\n", why.c_str(), reason.c_str());
}

void a_whole_file_is_read() {
  const Parts p = whole();
  const ModelFile file = ModelFile::parse("a", bytes_of(p.text()));
  CHECK(file.metadata("recipe") == "{\"a\": \xc3\xa9}" && file.metadata("none").empty());
  CHECK(file.tensors().size() == 4 && file.floats("layer0.bias", {2})[1] == .01f * 7 - .1f);
  const StencilNet net(file);
  CHECK(net.inputs() == 3 && net.outputs() == 10 && net.nodes() == 2 && net.stencil() == 5 && net.features() == 1);
  CHECK(refusal(p.text()).empty());
  Parts spaced = p;
  spaced.tensors = replaced(p.tensors, "\"shape\":[2,3]", "\n \"shape\" :\t[ 2 ,\r3 ]");
  CHECK(refusal(spaced.text()).empty());
  const std::string header = "{\"__metadata__\":{" + p.metadata + "}" + p.tensors + "}   ";
  CHECK(refusal(number(header.size()) + header + p.data).empty());
}

/// FIPS 180-4's own examples and a million a's.
void sha256_is_sha256() {
  using mirhydro::neural::sha256;
  CHECK(sha256({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256(bytes_of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(bytes_of(std::string(1000000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

void every_truncation_and_every_flipped_bit() {
  const std::string text = whole().text();
  for (std::size_t n = 0; n < text.size(); ++n) CHECK(!refusal(text.substr(0, n)).empty());
  refused(text + '\0', "bytes behind the last tensor");
  const std::size_t data_begin = text.size() - 152;
  int accepted = 0;
  for (std::size_t n = 0; n < text.size(); ++n)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = text;
      changed[n] = static_cast<char>(changed[n] ^ (1 << bit));
      const bool fine = refusal(changed).empty();
      accepted += fine;
      if (n >= data_begin) CHECK(!fine);
    }
  // what may change unseen: free text (the recipe), and which number a version of the features or a stencil has
  CHECK(accepted > 0 && accepted < 120);
}

void header_bombs() {
  const Parts p = whole();
  const std::string text = p.text();
  for (const std::uint64_t length : {std::uint64_t(1) << 63, ~std::uint64_t(0), std::uint64_t((1 << 20) + 1)})
    refused(number(length) + text.substr(8), "no safetensors file of ours");
  refused(number(text.size() - 7) + text.substr(8), "ends inside the header");
  refused(number(0) + text.substr(8), "does not begin with {");
  refused(number(std::uint64_t(1) << 20) + std::string(1 << 20, '['), "does not begin with {");
  refused(number(std::uint64_t(1) << 20) + "{\"a\":" + std::string((1 << 20) - 5, '['), "expected");
  refused(number(std::uint64_t(1) << 20) + std::string(1 << 20, '{'), "expected");
  std::string many = "{";
  for (int k = 0; k < 15000; ++k)
    many += "\"t" + std::to_string(k) + "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},";
  many.back() = '}';
  refused(number(many.size()) + many, "not a model file of mirhydro");
}

using Spoil = std::function<void(Parts&)>;
void spoiled(const Spoil& spoil, const std::string& why) {
  Parts p = whole();
  spoil(p);
  refused(p.text(), why);
}

Spoil in_tensors(const std::string& from, const std::string& to) {
  return [=](Parts& p) { p.tensors = replaced(p.tensors, from, to); };
}
Spoil in_metadata(const std::string& from, const std::string& to) {
  return [=](Parts& p) { p.metadata = replaced(p.metadata, from, to); };
}

void the_rules_of_safetensors() {
  spoiled([](Parts& p) { p.tensors += tensor("layer0.bias", "2", 24, 32); }, "\"layer0.bias\" twice");
  spoiled([](Parts& p) { p.tensors += ",\"__metadata__\":{}"; }, "__metadata__ twice");
  spoiled(in_metadata("\"nodes\":\"2\"", "\"nodes\":\"2\",\"nodes\":\"3\""), "\"nodes\" twice");
  spoiled(in_metadata("\"nodes\":\"2\"", "\"nodes\":2"), "\" expected");
  spoiled(in_metadata("\"nodes\":\"2\"", "\"no\\u0064es\":\"2\",\"nodes\":\"2\""), "\"nodes\" twice");
  spoiled(in_tensors("\"dtype\":\"F32\"", "\"dtype\":\"F32\",\"dtype\":\"F32\""), "dtype twice");
  spoiled(in_tensors("\"dtype\":\"F32\"", "\"dtype\":\"F31\""), "unknown dtype \"F31\"");
  spoiled(in_tensors("\"dtype\":\"F32\",", ""), "lacks dtype");
  spoiled(in_tensors("\"dtype\":\"F32\"", "\"dtype\":\"F32\",\"more\":\"1\""), "unknown key \"more\"");
  spoiled(in_tensors("[2,3]", "[4294967296,4294967296]"), "its shape overflows");
  spoiled(in_tensors("[2,3]", "[0,18446744073709551616]"), "below 2^64");
  spoiled(in_tensors("[2,3]", "[-2,3]"), "a whole number");
  spoiled(in_tensors("[2,3]", "[02,3]"), "a whole number");
  spoiled(in_tensors("[2,3]", "[2.0,3]"), "] or ,");
  spoiled(in_tensors("[2,3]", "[2,3,]"), "a whole number");
  spoiled(in_tensors("[2,3]", "[2,4]"), "has 24 bytes, its shape 32");
  spoiled(in_tensors("[2,3]", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2,3]"), "more than 16 axes");
  spoiled(in_tensors("[24,32]", "[32,24]"), "ends before it begins");
  spoiled(in_tensors("[24,32]", "[24,32,40]"), "two numbers");
  spoiled(in_tensors("[24,32]", "[20,28]"), "a hole or an overlap");
  spoiled(in_tensors("[2],\"data_offsets\":[24,32]", "[6],\"data_offsets\":[8,32]"), "a hole or an overlap");
  spoiled(in_tensors(tensor("layer0.bias", "2", 24, 32), ""), "begins at byte 32 of the data, not at 24");
  spoiled(in_tensors("[112,152]", "[116,156]"), "ends behind the file");
  spoiled(in_tensors("\"data_offsets\":[24,32]", "\"data_offsets\":[24,18446744073709551615]"), "ends behind the file");
  spoiled([](Parts& p) { p.data += "more"; }, "4 bytes behind the last tensor");
  spoiled([](Parts& p) { p.tensors += "} "; }, "only spaces");
  spoiled(in_metadata("\\u00e9", "\xff"), "is not UTF-8");
  spoiled(in_metadata("\\u00e9", "\xc0\x80"), "is not UTF-8");
  spoiled(in_metadata("\\u00e9", "\xed\xa0\x80"), "is not UTF-8");
  spoiled(in_metadata("\\u00e9", "\\ud800"), "surrogate");
  spoiled(in_metadata("\\u00e9", "\\udc00\\ud800"), "surrogate");
  spoiled(in_metadata("\\u00e9", "\\x41"), "an escape that JSON knows");
  spoiled(in_metadata("\\u00e9", "\\u00g9"), "four hexadecimal digits");
  spoiled(in_metadata("\\u00e9", "\n"), "control character");
  Parts pair = whole();
  pair.metadata = replaced(pair.metadata, "\\u00e9", "\\ud83d\\ude00");
  CHECK(ModelFile::parse("a", bytes_of(pair.text())).metadata("recipe").find("\xf0\x9f\x98\x80") != std::string::npos);
}

void the_rules_of_ours() {
  spoiled(in_metadata("\"mirhydro\":\"1\",", ""), "not a model file of mirhydro");
  spoiled(in_metadata("\"mirhydro\":\"1\"", "\"mirhydro\":\"2\""), "version 2 of the format");
  spoiled(in_metadata("\"checksum\":\"", "\"checksum\":\"0"), "damaged or changed");
  spoiled(in_metadata("stencil_net", "autoencoder"), "architecture = \"autoencoder\", not \"stencil_net\"");
  spoiled(in_metadata("\"dtype\":\"F32\"", "\"dtype\":\"F16\""), "dtype");
  spoiled(in_metadata("\"nodes\":\"2\"", "\"nodes\":\"5\""), "nodes = \"5\": whole numbers in [2, 4]");
  spoiled(in_metadata("\"nodes\":\"2\"", "\"nodes\":\"3\""), "has the shape (10, 2), not (17, 2)");
  spoiled(in_metadata("\"inputs\":\"3\"", "\"inputs\":\"4\""), "has the shape (2, 3), not (2, 4)");
  for (const char* value : {"", "2,", ",2", " 2", "+2", "2x", "0", "1025", "99999999999999999999", "1e1"})
    spoiled(in_metadata("\"hidden\":\"2\"", "\"hidden\":\"" + std::string(value) + "\""), "whole numbers in [1, 1024]");
  spoiled(in_metadata("\"hidden\":\"2\"", "\"hidden\":\"2,2\""), "has 4 tensors, not 6");
  spoiled(in_tensors("layer1.bias", "layer1.bjas"), "no tensor \"layer1.bias\"");
  spoiled(in_tensors("\"dtype\":\"F32\"", "\"dtype\":\"I32\""), "has dtype I32, not F32");
  for (const float x : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    spoiled(
        [x](Parts& p) {
          std::memcpy(p.data.data() + 8, &x, 4);
          p.metadata = metadata_for(p.data);
        },
        "element 2 is not finite");
  spoiled(
      [](Parts& p) {
        const float x = 3e30f;
        std::memcpy(p.data.data() + 8, &x, 4);
        p.metadata = metadata_for(p.data);
      },
      "weights are too large");
}

/// Directory, pipe, device, sparse giant, link to itself, no file, no permission.
void things_that_are_no_files() {
  std::string in = (std::filesystem::temp_directory_path() / "mirhydro-model-XXXXXX").string();
  if (!CHECK(mkdtemp(in.data()) != nullptr)) return;
  const auto refused_path = [](const std::string& path, const std::string& why) {
    try {
      ModelFile::read(path);
      CHECK(false);
    } catch (const Error& error) {
      const std::string reason = error.what();
      if (!CHECK(reason.find(why) != std::string::npos)) std::printf("  %s\n", reason.c_str());
    }
  };
  refused_path(in, "it is a directory");
  CHECK(mkfifo((in + "/pipe").c_str(), 0600) == 0);
  refused_path(in + "/pipe", "it is a pipe");
  refused_path("/dev/zero", "it is a device");
  CHECK(symlink((in + "/loop").c_str(), (in + "/loop").c_str()) == 0);
  refused_path(in + "/loop", "symbolic links");
  refused_path(in + "/none", "No such file");
  refused_path(in + std::string("/a\0b", 4), "zero byte");
  std::ofstream(in + "/giant").close();
  CHECK(truncate((in + "/giant").c_str(), off_t(10) << 30) == 0);
  refused_path(in + "/giant", "more than 256 MiB");
  std::ofstream(in + "/empty").close();
  refused_path(in + "/empty", "it has 0 bytes");
  std::ofstream(in + "/good", std::ios::binary) << whole().text();
  CHECK(StencilNet(ModelFile::read(in + "/good")).inputs() == 3);
  for (const char* name : {"pipe", "loop", "giant", "empty", "good"}) unlink((in + "/" + name).c_str());
  rmdir(in.c_str());
}

} // namespace

int main() {
  trap_floating_point();
  a_whole_file_is_read();
  sha256_is_sha256();
  every_truncation_and_every_flipped_bit();
  header_bombs();
  the_rules_of_safetensors();
  the_rules_of_ours();
  things_that_are_no_files();
  return report("model file");
}
