// SCO and their predefined extensions: section 6 of STIX 2.1.
#include "common/stix/schema.h"

namespace noroshi::stix {
namespace {

using enum Kind;
using enum Need;
using enum Class;
using RuleKind = Rule::Kind;

constexpr double kPortMax = 65'535;

constexpr Property Count(std::string_view name) { return {name, kInteger}; }
constexpr Property Ref(std::string_view name, std::string_view types) {
  return {name, kIdentifier, kOptional, types};
}
constexpr Property Refs(std::string_view name, std::string_view types) {
  return {name, kIdentifiers, kOptional, types};
}
constexpr Property Port(std::string_view name) {
  return {name, kInteger, kOptional, {}, nullptr, 0, kPortMax};
}
// Whole numbers that may be negative, e.g. a group id.
constexpr Property Signed(std::string_view name) {
  return {name, kInteger, kOptional, {}, nullptr, -9007199254740991.0};
}

constexpr Property kHashesProperty{"hashes", kHashes};
constexpr Property kValueRequired{"value", kString, kRequired};
constexpr Property kChanged{"ctime", kTimestamp};
constexpr Property kModifiedTime{"mtime", kTimestamp};
constexpr Property kAccessed{"atime", kTimestamp};

constexpr Property kArtifact[] = {
    {"mime_type", kString},
    {"payload_bin", kBinary},
    {"url", kString},
    kHashesProperty,
    {"encryption_algorithm", kEnum, kOptional, "AES-256-GCM,ChaCha20-Poly1305,mime-type-indicated"},
    {"decryption_key", kString},
};
constexpr Rule kArtifactRules[] = {
    {RuleKind::kAnyOf, "payload_bin,url"},
    {RuleKind::kNotBoth, "payload_bin", "url"},
    {RuleKind::kNeeds, "url", "hashes"},
    {RuleKind::kNeeds, "decryption_key", "encryption_algorithm"},
};
constexpr Property kAutonomousSystem[] = {{"number", kInteger, kRequired}, {"name", kName}, {"rir", kString}};
constexpr Property kDirectory[] = {
    {"path", kString, kRequired},
    {"path_enc", kString},
    kChanged,
    kModifiedTime,
    kAccessed,
    Refs("contains_refs", "file,directory"),
};
constexpr Property kDomainName[] = {kValueRequired,
                                    Refs("resolves_to_refs", "ipv4-addr,ipv6-addr,domain-name")};
constexpr Property kEmailAddr[] = {
    kValueRequired, {"display_name", kString}, Ref("belongs_to_ref", "user-account")};
constexpr Property kMimePartProperties[] = {
    {"body", kString},
    Ref("body_raw_ref", "artifact,file"),
    {"content_type", kString},
    {"content_disposition", kString},
};
constexpr Rule kMimePartRules[] = {{RuleKind::kAnyOf, "body,body_raw_ref"}};
constexpr Shape kMimePart{"mime-part", "6.6.2", kNested, kMimePartProperties, kMimePartRules};
constexpr Property kEmailMessage[] = {
    {"is_multipart", kBoolean, kRequired},
    {"date", kTimestamp},
    {"content_type", kString},
    Ref("from_ref", "email-addr"),
    Ref("sender_ref", "email-addr"),
    Refs("to_refs", "email-addr"),
    Refs("cc_refs", "email-addr"),
    Refs("bcc_refs", "email-addr"),
    {"message_id", kString},
    {"subject", kString},
    {"received_lines", kStrings},
    {"additional_header_fields", kDictionary},
    {"body", kString},
    {"body_multipart", kObjects, kOptional, {}, &kMimePart},
    Ref("raw_email_ref", "artifact"),
};
constexpr Rule kEmailMessageRules[] = {{RuleKind::kNotBoth, "body", "body_multipart"}};
constexpr Property kFile[] = {
    kHashesProperty,
    Count("size"),
    {"name", kName},
    {"name_enc", kString},
    {"magic_number_hex", kHex},
    {"mime_type", kString},
    kChanged,
    kModifiedTime,
    kAccessed,
    Ref("parent_directory_ref", "directory"),
    {"contains_refs", kIdentifiers},
    Ref("content_ref", "artifact"),
};
constexpr Rule kFileRules[] = {{RuleKind::kAnyOf, "hashes,name"}};
constexpr Property kAddress[] = {
    kValueRequired,
    Refs("resolves_to_refs", "mac-addr"),
    Refs("belongs_to_refs", "autonomous-system"),
};
constexpr Property kValueOnly[] = {kValueRequired};
constexpr Property kMutex[] = {{"name", kName, kRequired}};
constexpr std::string_view kEndpoints = "ipv4-addr,ipv6-addr,mac-addr,domain-name";
constexpr Property kNetworkTraffic[] = {
    {"start", kTimestamp},
    {"end", kTimestamp},
    {"is_active", kBoolean},
    Ref("src_ref", kEndpoints),
    Ref("dst_ref", kEndpoints),
    Port("src_port"),
    Port("dst_port"),
    {"protocols", kStrings, kRequired},
    Count("src_byte_count"),
    Count("dst_byte_count"),
    Count("src_packets"),
    Count("dst_packets"),
    {"ipfix", kDictionary},
    Ref("src_payload_ref", "artifact"),
    Ref("dst_payload_ref", "artifact"),
    Refs("encapsulates_refs", "network-traffic"),
    Ref("encapsulated_by_ref", "network-traffic"),
};
constexpr Rule kNetworkTrafficRules[] = {
    {RuleKind::kAnyOf, "src_ref,dst_ref"},
    {RuleKind::kNotBefore, "end", "start"},
};
constexpr Property kProcess[] = {
    {"is_hidden", kBoolean},
    Count("pid"),
    {"created_time", kTimestamp},
    {"cwd", kString},
    {"command_line", kString},
    {"environment_variables", kDictionary},
    Refs("opened_connection_refs", "network-traffic"),
    Ref("creator_user_ref", "user-account"),
    Ref("image_ref", "file"),
    Ref("parent_ref", "process"),
    Refs("child_refs", "process"),
};
constexpr Rule kProcessRules[] = {
    {RuleKind::kAnyOf,
     "command_line,pid,image_ref,cwd,is_hidden,created_time,environment_variables,opened_connection_refs,"
     "creator_user_ref,parent_ref,child_refs,extensions"},
};
constexpr Property kSoftware[] = {
    {"name", kName, kRequired}, {"cpe", kString},    {"swid", kString},
    {"languages", kStrings},    {"vendor", kString}, {"version", kString},
};
constexpr Property kUserAccount[] = {
    {"user_id", kString},
    {"credential", kString},
    {"account_login", kString},
    {"account_type", kString},
    {"display_name", kString},
    {"is_service_account", kBoolean},
    {"is_privileged", kBoolean},
    {"can_escalate_privs", kBoolean},
    {"is_disabled", kBoolean},
    {"account_created", kTimestamp},
    {"account_expires", kTimestamp},
    {"credential_last_changed", kTimestamp},
    {"account_first_login", kTimestamp},
    {"account_last_login", kTimestamp},
};
constexpr Rule kUserAccountRules[] = {
    {RuleKind::kAnyOf,
     "user_id,account_login,display_name,account_type,credential,is_service_account,is_privileged,"
     "can_escalate_privs,is_disabled,account_created,account_expires,credential_last_changed,account_first_"
     "login,"
     "account_last_login,extensions"},
};
constexpr Property kRegistryValueProperties[] = {
    {"name", kName},
    {"data", kString},
    {"data_type", kEnum, kOptional,
     "REG_NONE,REG_SZ,REG_EXPAND_SZ,REG_BINARY,REG_DWORD,REG_DWORD_BIG_ENDIAN,REG_DWORD_LITTLE_ENDIAN,REG_"
     "LINK,"
     "REG_MULTI_SZ,REG_RESOURCE_LIST,REG_FULL_RESOURCE_DESCRIPTION,REG_RESOURCE_REQUIREMENTS_LIST,REG_QWORD,"
     "REG_INVALID_TYPE"},
};
constexpr Rule kRegistryValueRules[] = {{RuleKind::kAnyOf, "name,data,data_type"}};
constexpr Shape kRegistryValue{"windows-registry-value", "6.17.2", kNested, kRegistryValueProperties,
                               kRegistryValueRules};
constexpr Property kRegistryKey[] = {
    {"key", kString},
    {"values", kObjects, kOptional, {}, &kRegistryValue},
    {"modified_time", kTimestamp},
    Ref("creator_user_ref", "user-account"),
    Count("number_of_subkeys"),
};
constexpr Property kX509Certificate[] = {
    {"is_self_signed", kBoolean},
    kHashesProperty,
    {"version", kString},
    {"serial_number", kString},
    {"signature_algorithm", kString},
    {"issuer", kString},
    {"validity_not_before", kTimestamp},
    {"validity_not_after", kTimestamp},
    {"subject", kString},
    {"subject_public_key_algorithm", kString},
    {"subject_public_key_modulus", kString},
    Count("subject_public_key_exponent"),
    {"x509_v3_extensions", kDictionary},
};
constexpr Rule kX509CertificateRules[] = {
    {RuleKind::kAnyOf,
     "serial_number,hashes,subject,issuer,is_self_signed,version,signature_algorithm,validity_not_before,"
     "validity_not_after,subject_public_key_algorithm,subject_public_key_modulus,subject_public_key_exponent,"
     "x509_v3_extensions,extensions"},
};

constexpr Shape kShapes[] = {
    {"artifact", "6.1", kObservable, kArtifact, kArtifactRules},
    {"autonomous-system", "6.2", kObservable, kAutonomousSystem},
    {"directory", "6.3", kObservable, kDirectory},
    {"domain-name", "6.4", kObservable, kDomainName},
    {"email-addr", "6.5", kObservable, kEmailAddr},
    {"email-message", "6.6", kObservable, kEmailMessage, kEmailMessageRules},
    {"file", "6.7", kObservable, kFile, kFileRules},
    {"ipv4-addr", "6.8", kObservable, kAddress},
    {"ipv6-addr", "6.9", kObservable, kAddress},
    {"mac-addr", "6.10", kObservable, kValueOnly},
    {"mutex", "6.11", kObservable, kMutex},
    {"network-traffic", "6.12", kObservable, kNetworkTraffic, kNetworkTrafficRules},
    {"process", "6.13", kObservable, kProcess, kProcessRules},
    {"software", "6.14", kObservable, kSoftware},
    {"url", "6.15", kObservable, kValueOnly},
    {"user-account", "6.16", kObservable, kUserAccount, kUserAccountRules},
    {"windows-registry-key", "6.17", kObservable, kRegistryKey},
    {"x509-certificate", "6.18", kObservable, kX509Certificate, kX509CertificateRules},
};

// --- predefined extensions

constexpr Property kArchive[] = {{"contains_refs", kIdentifiers, kRequired, "file,directory"},
                                 {"comment", kString}};
constexpr Property kAlternateDataStreamProperties[] = {
    {"name", kName, kRequired}, kHashesProperty, Count("size")};
constexpr Shape kAlternateDataStream{"alternate-data-stream", "6.7.3.2", kNested,
                                     kAlternateDataStreamProperties};
constexpr Property kNtfs[] = {
    {"sid", kString},
    {"alternate_data_streams", kObjects, kOptional, {}, &kAlternateDataStream},
};
constexpr Property kPdf[] = {
    {"version", kString}, {"is_optimized", kBoolean}, {"document_info_dict", kDictionary},
    {"pdfid0", kString},  {"pdfid1", kString},
};
constexpr Property kRasterImage[] = {
    Count("image_height"),
    Count("image_width"),
    Count("bits_per_pixel"),
    {"exif_tags", kDictionary},
};
constexpr Property kOptionalHeaderProperties[] = {
    {"magic_hex", kHex},
    Count("major_linker_version"),
    Count("minor_linker_version"),
    Count("size_of_code"),
    Count("size_of_initialized_data"),
    Count("size_of_uninitialized_data"),
    Count("address_of_entry_point"),
    Count("base_of_code"),
    Count("base_of_data"),
    Count("image_base"),
    Count("section_alignment"),
    Count("file_alignment"),
    Count("major_os_version"),
    Count("minor_os_version"),
    Count("major_image_version"),
    Count("minor_image_version"),
    Count("major_subsystem_version"),
    Count("minor_subsystem_version"),
    {"win32_version_value_hex", kHex},
    Count("size_of_image"),
    Count("size_of_headers"),
    {"checksum_hex", kHex},
    {"subsystem_hex", kHex},
    {"dll_characteristics_hex", kHex},
    Count("size_of_stack_reserve"),
    Count("size_of_stack_commit"),
    Count("size_of_heap_reserve"),
    Count("size_of_heap_commit"),
    {"loader_flags_hex", kHex},
    Count("number_of_rva_and_sizes"),
    kHashesProperty,
};
constexpr Shape kOptionalHeader{"windows-pe-optional-header", "6.7.6.2", kNested, kOptionalHeaderProperties};
constexpr Property kSectionProperties[] = {
    {"name", kName, kRequired},
    Count("size"),
    {"entropy", kFloat, kOptional, {}, nullptr, -1e300, 1e300},
    kHashesProperty,
};
constexpr Shape kSection{"windows-pe-section", "6.7.6.3", kNested, kSectionProperties};
constexpr Property kPeBinary[] = {
    {"pe_type", kString, kRequired},
    {"imphash", kString},
    {"machine_hex", kHex},
    Count("number_of_sections"),
    {"time_date_stamp", kTimestamp},
    {"pointer_to_symbol_table_hex", kHex},
    Count("number_of_symbols"),
    Count("size_of_optional_header"),
    {"characteristics_hex", kHex},
    {"file_header_hashes", kHashes},
    {"optional_header", kObject, kOptional, {}, &kOptionalHeader},
    {"sections", kObjects, kOptional, {}, &kSection},
};
constexpr Property kHttpRequest[] = {
    {"request_method", kString, kRequired}, {"request_value", kString, kRequired},
    {"request_version", kString},           {"request_header", kDictionary},
    Count("message_body_length"),           Ref("message_body_data_ref", "artifact"),
};
constexpr Property kIcmp[] = {{"icmp_type_hex", kHex, kRequired}, {"icmp_code_hex", kHex, kRequired}};
constexpr Property kSocket[] = {
    {"address_family", kEnum, kRequired,
     "AF_UNSPEC,AF_INET,AF_IPX,AF_APPLETALK,AF_NETBIOS,AF_INET6,AF_IRDA,AF_BTH"},
    {"is_blocking", kBoolean},
    {"is_listening", kBoolean},
    {"options", kDictionary},
    {"socket_type", kEnum, kOptional, "SOCK_STREAM,SOCK_DGRAM,SOCK_RAW,SOCK_RDM,SOCK_SEQPACKET"},
    Count("socket_descriptor"),
    Signed("socket_handle"),
};
constexpr Property kTcp[] = {{"src_flags_hex", kHex}, {"dst_flags_hex", kHex}};
constexpr Property kWindowsProcess[] = {
    {"aslr_enabled", kBoolean},
    {"dep_enabled", kBoolean},
    {"priority", kString},
    {"owner_sid", kString},
    {"window_title", kString},
    {"startup_info", kDictionary},
    {"integrity_level", kEnum, kOptional, "low,medium,high,system"},
};
constexpr Property kWindowsService[] = {
    {"service_name", kString},
    {"descriptions", kStrings},
    {"display_name", kString},
    {"group_name", kString},
    {"start_type", kEnum, kOptional,
     "SERVICE_AUTO_START,SERVICE_BOOT_START,SERVICE_DEMAND_START,SERVICE_DISABLED,SERVICE_SYSTEM_ALERT"},
    Refs("service_dll_refs", "file"),
    {"service_type", kEnum, kOptional,
     "SERVICE_KERNEL_DRIVER,SERVICE_FILE_SYSTEM_DRIVER,SERVICE_WIN32_OWN_PROCESS,SERVICE_WIN32_SHARE_"
     "PROCESS"},
    {"service_status", kEnum, kOptional,
     "SERVICE_CONTINUE_PENDING,SERVICE_PAUSE_PENDING,SERVICE_PAUSED,SERVICE_RUNNING,SERVICE_START_PENDING,"
     "SERVICE_STOP_PENDING,SERVICE_STOPPED"},
};
constexpr Property kUnixAccount[] = {
    Signed("gid"),
    {"groups", kStrings},
    {"home_dir", kString},
    {"shell", kString},
};

constexpr Shape kExtensionShapes[] = {
    {"archive-ext", "6.7.2", kNested, kArchive},
    {"ntfs-ext", "6.7.3", kNested, kNtfs},
    {"pdf-ext", "6.7.4", kNested, kPdf},
    {"raster-image-ext", "6.7.5", kNested, kRasterImage},
    {"windows-pebinary-ext", "6.7.6", kNested, kPeBinary},
    {"http-request-ext", "6.12.2", kNested, kHttpRequest},
    {"icmp-ext", "6.12.3", kNested, kIcmp},
    {"socket-ext", "6.12.4", kNested, kSocket},
    {"tcp-ext", "6.12.5", kNested, kTcp},
    {"windows-process-ext", "6.13.2", kNested, kWindowsProcess},
    {"windows-service-ext", "6.13.3", kNested, kWindowsService},
    {"unix-account-ext", "6.16.2", kNested, kUnixAccount},
};

}  // namespace

std::span<const Shape> ObservableShapes() { return kShapes; }
std::span<const Shape> ExtensionShapes() { return kExtensionShapes; }

}  // namespace noroshi::stix
