// SDO, SRO and meta objects: sections 4, 5 and 7 of STIX 2.1.
#include "common/stix/schema.h"

namespace noroshi::stix {
namespace {

using enum Kind;
using enum Need;
using enum Class;
using RuleKind = Rule::Kind;

constexpr Property kKillChainPhaseProperties[] = {
    {"kill_chain_name", kString, kRequired},
    {"phase_name", kString, kRequired},
};
constexpr Shape kKillChainPhase{"kill-chain-phase", "2.11", kNested, kKillChainPhaseProperties};
constexpr Property kKillChainPhases{"kill_chain_phases", kObjects, kOptional, {}, &kKillChainPhase};
constexpr Property kDescription{"description", kString};
constexpr Property kAliases{"aliases", kStrings};
constexpr Property kFirstSeen{"first_seen", kTimestamp};
constexpr Property kLastSeen{"last_seen", kTimestamp};
constexpr Property kNameRequired{"name", kName, kRequired};
constexpr Property kNameOptional{"name", kName};
constexpr Property kObjectRefs{"object_refs", kIdentifiers, kRequired};
constexpr Rule kModifiedAfterCreated{RuleKind::kNotBefore, "modified", "created"};
constexpr Rule kSeenInOrder{RuleKind::kNotBefore, "last_seen", "first_seen"};

constexpr Rule kVersionRules[] = {kModifiedAfterCreated};
constexpr Rule kSeenRules[] = {kModifiedAfterCreated, kSeenInOrder};

// Observables may be of types that extensions define, so the others are named.
#define NOROSHI_DOMAIN_TYPES                                                                                           \
  "attack-pattern,campaign,course-of-action,grouping,identity,incident,indicator,infrastructure,intrusion-set,location," \
  "malware,malware-analysis,note,observed-data,opinion,report,threat-actor,tool,vulnerability,bundle,language-content,"  \
  "marking-definition,extension-definition"
constexpr std::string_view kNoObservableNorRelation = "!" NOROSHI_DOMAIN_TYPES;
constexpr std::string_view kNoObservable = "!" NOROSHI_DOMAIN_TYPES ",relationship,sighting";
#undef NOROSHI_DOMAIN_TYPES

constexpr Property kAttackPattern[] = {kNameRequired, kDescription, kAliases, kKillChainPhases};
constexpr Property kCampaign[] = {kNameRequired, kDescription, kAliases,
                                  kFirstSeen,    kLastSeen,    {"objective", kString}};
constexpr Property kNameAndDescription[] = {kNameRequired, kDescription};
constexpr Property kGrouping[] = {kNameOptional, kDescription, {"context", kString, kRequired}, kObjectRefs};
constexpr Property kIdentity[] = {
    kNameRequired,         kDescription,
    {"roles", kStrings},   {"identity_class", kString},
    {"sectors", kStrings}, {"contact_information", kString},
};
constexpr Property kIndicator[] = {
    kNameOptional,
    kDescription,
    {"indicator_types", kStrings},
    {"pattern", kString, kRequired},
    {"pattern_type", kString, kRequired},
    {"pattern_version", kString},
    {"valid_from", kTimestamp, kRequired},
    {"valid_until", kTimestamp},
    kKillChainPhases,
};
constexpr Rule kIndicatorRules[] = {kModifiedAfterCreated, {RuleKind::kAfter, "valid_until", "valid_from"}};
constexpr Property kInfrastructure[] = {
    kNameRequired, kDescription, {"infrastructure_types", kStrings}, kAliases, kKillChainPhases,
    kFirstSeen,    kLastSeen,
};
constexpr Property kIntrusionSet[] = {
    kNameRequired,
    kDescription,
    kAliases,
    kFirstSeen,
    kLastSeen,
    {"goals", kStrings},
    {"resource_level", kString},
    {"primary_motivation", kString},
    {"secondary_motivations", kStrings},
};
constexpr Property kLocation[] = {
    kNameOptional,
    kDescription,
    {"latitude", kFloat, kOptional, {}, nullptr, -90, 90},
    {"longitude", kFloat, kOptional, {}, nullptr, -180, 180},
    {"precision", kFloat, kOptional, {}, nullptr, 0, 1e300},
    {"region", kString},
    {"country", kString},
    {"administrative_area", kString},
    {"city", kString},
    {"street_address", kString},
    {"postal_code", kString},
};
constexpr Rule kLocationRules[] = {
    kModifiedAfterCreated,
    {RuleKind::kAnyOf, "region,country,latitude"},
    {RuleKind::kNeeds, "latitude", "longitude"},
    {RuleKind::kNeeds, "longitude", "latitude"},
    {RuleKind::kNeeds, "precision", "latitude"},
};
constexpr Property kMalware[] = {
    kNameOptional,  // required of a family: validate.cc
    kDescription,
    {"malware_types", kStrings},
    {"is_family", kBoolean, kRequired},
    kAliases,
    kKillChainPhases,
    kFirstSeen,
    kLastSeen,
    {"operating_system_refs", kIdentifiers, kOptional, "software"},
    {"architecture_execution_envs", kStrings},
    {"implementation_languages", kStrings},
    {"capabilities", kStrings},
    {"sample_refs", kIdentifiers, kOptional, "artifact,file"},
};
constexpr Property kMalwareAnalysis[] = {
    {"product", kString, kRequired},
    {"version", kString},
    {"host_vm_ref", kIdentifier, kOptional, "software"},
    {"operating_system_ref", kIdentifier, kOptional, "software"},
    {"installed_software_refs", kIdentifiers, kOptional, "software"},
    {"configuration_version", kString},
    {"modules", kStrings},
    {"analysis_engine_version", kString},
    {"analysis_definition_version", kString},
    {"submitted", kTimestamp},
    {"analysis_started", kTimestamp},
    {"analysis_ended", kTimestamp},
    {"result_name", kString},
    {"result", kString},
    {"analysis_sco_refs", kIdentifiers, kOptional, kNoObservable},
    {"sample_ref", kIdentifier, kOptional, kNoObservable},
};
constexpr Rule kMalwareAnalysisRules[] = {kModifiedAfterCreated,
                                          {RuleKind::kAnyOf, "result,analysis_sco_refs"}};
constexpr Property kNote[] = {
    {"abstract", kString},
    {"content", kString, kRequired},
    {"authors", kStrings},
    kObjectRefs,
};
constexpr Property kObservedData[] = {
    {"first_observed", kTimestamp, kRequired},
    {"last_observed", kTimestamp, kRequired},
    {"number_observed", kInteger, kRequired, {}, nullptr, 1, 999'999'999},
    {"objects", kOpaque},  // deprecated since 2.1, still legal
    {"object_refs", kIdentifiers, kOptional, kNoObservableNorRelation},
};
constexpr Rule kObservedDataRules[] = {
    kModifiedAfterCreated,
    {RuleKind::kNotBefore, "last_observed", "first_observed"},
    {RuleKind::kAnyOf, "object_refs,objects"},
    {RuleKind::kNotBoth, "object_refs", "objects"},
};
constexpr Property kOpinion[] = {
    {"explanation", kString},
    {"authors", kStrings},
    {"opinion", kEnum, kRequired, "strongly-disagree,disagree,neutral,agree,strongly-agree"},
    kObjectRefs,
};
constexpr Property kReport[] = {
    kNameRequired, kDescription, {"report_types", kStrings}, {"published", kTimestamp, kRequired},
    kObjectRefs,
};
constexpr Property kThreatActor[] = {
    kNameRequired,
    kDescription,
    {"threat_actor_types", kStrings},
    kAliases,
    kFirstSeen,
    kLastSeen,
    {"roles", kStrings},
    {"goals", kStrings},
    {"sophistication", kString},
    {"resource_level", kString},
    {"primary_motivation", kString},
    {"secondary_motivations", kStrings},
    {"personal_motivations", kStrings},
};
constexpr Property kTool[] = {
    kNameRequired, kDescription,     {"tool_types", kStrings},
    kAliases,      kKillChainPhases, {"tool_version", kString},
};

constexpr std::string_view kNoEnds =
    "!relationship,sighting,bundle,language-content,marking-definition,extension-definition";
constexpr std::string_view kNoSightings =
    "!relationship,sighting,bundle,language-content,marking-definition,extension-definition,artifact,"
    "autonomous-system,directory,domain-name,email-addr,email-message,file,ipv4-addr,ipv6-addr,mac-addr,"
    "mutex,"
    "network-traffic,process,software,url,user-account,windows-registry-key,x509-certificate";
constexpr Property kRelationship[] = {
    {"relationship_type", kString, kRequired},  // characters: validate.cc
    kDescription,
    {"source_ref", kIdentifier, kRequired, kNoEnds},
    {"target_ref", kIdentifier, kRequired, kNoEnds},
    {"start_time", kTimestamp},
    {"stop_time", kTimestamp},
};
constexpr Rule kRelationshipRules[] = {kModifiedAfterCreated, {RuleKind::kAfter, "stop_time", "start_time"}};
constexpr Property kSighting[] = {
    kDescription,
    kFirstSeen,
    kLastSeen,
    {"count", kInteger, kOptional, {}, nullptr, 0, 999'999'999},
    {"sighting_of_ref", kIdentifier, kRequired, kNoSightings},
    {"observed_data_refs", kIdentifiers, kOptional, "observed-data"},
    {"where_sighted_refs", kIdentifiers, kOptional, "identity,location"},
    {"summary", kBoolean},
};

constexpr Property kLanguageContent[] = {
    {"object_ref", kIdentifier, kRequired, "!bundle,marking-definition,language-content,extension-definition"},
    {"object_modified", kTimestamp},
    {"contents", kDictionary, kRequired},
};
constexpr Property kMarkingDefinition[] = {
    kNameOptional,
    {"definition_type", kString},
    {"definition", kOpaque},
};
constexpr Rule kMarkingRules[] = {
    {RuleKind::kAnyOf, "definition,extensions"},
    {RuleKind::kNeeds, "definition", "definition_type"},
    {RuleKind::kNeeds, "definition_type", "definition"},
};
constexpr Property kExtensionDefinitionProperties[] = {
    kNameRequired,
    kDescription,
    {"schema", kString, kRequired},
    {"version", kString, kRequired},
    {"extension_types", kEnums, kRequired, kExtensionTypes},
    {"extension_properties", kStrings},
};

constexpr Shape kShapes[] = {
    {"attack-pattern", "4.1", kVersioned, kAttackPattern, kVersionRules},
    {"campaign", "4.2", kVersioned, kCampaign, kSeenRules},
    {"course-of-action", "4.3", kVersioned, kNameAndDescription, kVersionRules},
    {"grouping", "4.4", kVersioned, kGrouping, kVersionRules},
    {"identity", "4.5", kVersioned, kIdentity, kVersionRules},
    {"incident", "4.6", kVersioned, kNameAndDescription, kVersionRules},
    {"indicator", "4.7", kVersioned, kIndicator, kIndicatorRules},
    {"infrastructure", "4.8", kVersioned, kInfrastructure, kSeenRules},
    {"intrusion-set", "4.9", kVersioned, kIntrusionSet, kSeenRules},
    {"location", "4.10", kVersioned, kLocation, kLocationRules},
    {"malware", "4.11", kVersioned, kMalware, kSeenRules},
    {"malware-analysis", "4.12", kVersioned, kMalwareAnalysis, kMalwareAnalysisRules},
    {"note", "4.13", kVersioned, kNote, kVersionRules},
    {"observed-data", "4.14", kVersioned, kObservedData, kObservedDataRules},
    {"opinion", "4.15", kVersioned, kOpinion, kVersionRules},
    {"report", "4.16", kVersioned, kReport, kVersionRules},
    {"threat-actor", "4.17", kVersioned, kThreatActor, kSeenRules},
    {"tool", "4.18", kVersioned, kTool, kVersionRules},
    {"vulnerability", "4.19", kVersioned, kNameAndDescription, kVersionRules},
    {"relationship", "5.1", kVersioned, kRelationship, kRelationshipRules},
    {"sighting", "5.2", kVersioned, kSighting, kSeenRules},
    {"language-content", "7.1", kVersioned, kLanguageContent, kVersionRules},
    {"marking-definition", "7.2.1", kMarking, kMarkingDefinition, kMarkingRules},
    {"extension-definition", "7.3", kExtensionDefinition, kExtensionDefinitionProperties, kVersionRules},
};

}  // namespace

std::span<const Shape> ObjectShapes() { return kShapes; }

}  // namespace noroshi::stix
