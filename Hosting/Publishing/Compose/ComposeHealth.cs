using System.Globalization;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Health checks that need nothing but bash in the image, and for a page with TLS openssl.</summary>
internal static class ComposeHealth
{
    /// <summary>Asks a page over HTTP and wants status 200.</summary>
    public static ComposeHealthCheck Check(ComposeHealthPage page) => new()
    {
        Test = ["CMD", "/bin/bash", "-c", page.Authority is { } authority ? Encrypted(page, authority) : Plain(page)],
        Interval = "2s",
        Timeout = "3s",
        Retries = 5,
        StartPeriod = string.Create(CultureInfo.InvariantCulture, $"{page.StartSeconds}s"),
    };

    // HTTP/1.0, and read to the end: a server that is left in the middle of its answer logs an error for each check.
    private static string Plain(ComposeHealthPage page) => string.Create(
        CultureInfo.InvariantCulture,
        $"exec 3<>/dev/tcp/127.0.0.1/{page.Port} && printf 'GET {page.Path} HTTP/1.0\\r\\n\\r\\n' >&3 && answer=$$(cat <&3) && [[ $$answer == 'HTTP/1.'?' 200 '* ]]");

    private static string Encrypted(ComposeHealthPage page, string authority) => string.Create(
        CultureInfo.InvariantCulture,
        $"answer=$$(printf 'GET {page.Path} HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -verify_return_error -verify_hostname localhost -CAfile {authority} -connect 127.0.0.1:{page.Port} 2>/dev/null) && [[ $$answer == 'HTTP/1.'?' 200 '* ]]");
}
