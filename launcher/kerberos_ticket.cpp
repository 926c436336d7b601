#include "launcher/kerberos_ticket.hpp"

#include <gssapi/gssapi_krb5.h>

#include <memory>
#include <type_traits>

namespace scoop::launcher {

namespace {

struct NameFree {
    void operator()(gss_name_t name) const {
        OM_uint32 minor = 0;
        gss_release_name(&minor, &name);
    }
};
struct CredentialsFree {
    void operator()(gss_cred_id_t credentials) const {
        OM_uint32 minor = 0;
        gss_release_cred(&minor, &credentials);
    }
};
struct ContextFree {
    void operator()(gss_ctx_id_t context) const {
        OM_uint32 minor = 0;
        gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
    }
};
using Name = std::unique_ptr<std::remove_pointer_t<gss_name_t>, NameFree>;
using Credentials = std::unique_ptr<std::remove_pointer_t<gss_cred_id_t>, CredentialsFree>;
using Context = std::unique_ptr<std::remove_pointer_t<gss_ctx_id_t>, ContextFree>;

std::string text_of(gss_buffer_desc buffer) {
    std::string text(static_cast<const char*>(buffer.value), buffer.length);
    OM_uint32 minor = 0;
    gss_release_buffer(&minor, &buffer);
    return text;
}

// Kerberos' own words, else those of the interface.
std::string error_text(OM_uint32 major, OM_uint32 minor) {
    if (GSS_ROUTINE_ERROR(major) == GSS_S_CREDENTIALS_EXPIRED) return "it has expired";  // Kerberos says "Success"
    OM_uint32 ignored = 0;
    OM_uint32 more = 0;
    gss_buffer_desc buffer = GSS_C_EMPTY_BUFFER;
    const bool is_special = minor != 0;
    if (gss_display_status(&ignored, is_special ? minor : major, is_special ? GSS_C_MECH_CODE : GSS_C_GSS_CODE,
                           is_special ? gss_mech_krb5 : GSS_C_NO_OID, &more, &buffer) != GSS_S_COMPLETE)
        return "unknown error";
    return text_of(buffer);
}

Name import_name(std::string text, gss_OID kind) {
    gss_buffer_desc buffer{text.size(), text.data()};
    OM_uint32 minor = 0;
    gss_name_t name = GSS_C_NO_NAME;
    return Name(gss_import_name(&minor, &buffer, kind, &name) == GSS_S_COMPLETE ? name : GSS_C_NO_NAME);
}

std::string name_text(gss_name_t name) {
    gss_buffer_desc buffer = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0;
    return gss_display_name(&minor, name, &buffer, nullptr) == GSS_S_COMPLETE ? text_of(buffer) : "somebody";
}

}  // namespace

KerberosTicket find_kerberos_ticket(const std::string& host, const std::string& client) {
    OM_uint32 minor = 0;
    const Name wanted = client.empty() ? nullptr : import_name(client, GSS_C_NT_USER_NAME);
    gss_OID_set_desc only_kerberos{1, gss_mech_krb5};
    gss_cred_id_t raw_credentials = GSS_C_NO_CREDENTIAL;
    OM_uint32 major = gss_acquire_cred(&minor, wanted.get(), GSS_C_INDEFINITE, &only_kerberos, GSS_C_INITIATE,
                                       &raw_credentials, nullptr, nullptr);
    if (GSS_ERROR(major)) return {{}, error_text(major, minor)};
    const Credentials credentials(raw_credentials);

    gss_name_t raw_owner = GSS_C_NO_NAME;
    major = gss_inquire_cred(&minor, credentials.get(), &raw_owner, nullptr, nullptr, nullptr);
    if (GSS_ERROR(major)) return {{}, error_text(major, minor)};
    const Name owner(raw_owner);

    KerberosTicket ticket{name_text(owner.get()), {}};
    const Name server = import_name("host@" + host, GSS_C_NT_HOSTBASED_SERVICE);
    if (!server) return {ticket.owner, "no name for it"};
    gss_ctx_id_t raw_context = GSS_C_NO_CONTEXT;
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    major = gss_init_sec_context(&minor, credentials.get(), &raw_context, server.get(), gss_mech_krb5,
                                 GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG, 0, GSS_C_NO_CHANNEL_BINDINGS, GSS_C_NO_BUFFER,
                                 nullptr, &token, nullptr, nullptr);
    const Context context(raw_context);
    if (GSS_ERROR(major)) ticket.error = error_text(major, minor);
    OM_uint32 ignored = 0;
    gss_release_buffer(&ignored, &token);
    return ticket;
}

}  // namespace scoop::launcher
