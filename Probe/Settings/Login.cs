using System.Net.Http.Headers;
using System.Text;

namespace HaPgAspire.Probe.Settings;

/// <summary>A user name and its password for a component.</summary>
public sealed class Login(string userName, string password)
{
    /// <summary>The header of HTTP's Basic authentication.</summary>
    public AuthenticationHeaderValue ToHeader() => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{userName}:{password}")));
}
