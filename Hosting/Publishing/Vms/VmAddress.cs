using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>IPv4 addresses and networks as people write them: four decimal numbers, and a prefix length after a slash.</summary>
internal static class VmAddress
{
    public static bool IsAddress(string text) =>
        IPAddress.TryParse(text, out IPAddress? address)
        && address.AddressFamily == AddressFamily.InterNetwork
        // The parser also takes 10.1 and 0x0a000001.
        && string.Equals(address.ToString(), text, StringComparison.Ordinal);

    public static bool IsMachineAddress(string text) => IsAddress(text) && IPAddress.Parse(text).GetAddressBytes()[0] is > 0 and not 127 and < 224;

    /// <summary>Whether the text is an address with or without a prefix length; host bits may be set.</summary>
    public static bool IsNetwork(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? IsAddress(text) : IsAddress(text[..slash]) && IsPrefixLength(text[(slash + 1)..], 0);
    }

    /// <summary>Whether the text is the address of a machine with its network's prefix length.</summary>
    public static bool IsInterfaceAddress(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && IsMachineAddress(text[..slash]) && IsPrefixLength(text[(slash + 1)..], 8);
    }

    /// <summary>The network with its host bits cleared, as pg_hba.conf and nft take it: 10.0.0.7 becomes 10.0.0.7/32, 10.0.0.7/24 becomes 10.0.0.0/24.</summary>
    public static string Network(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        int length = slash < 0 ? 32 : int.Parse(text[(slash + 1)..], CultureInfo.InvariantCulture);
        byte[] bytes = IPAddress.Parse(slash < 0 ? text : text[..slash]).GetAddressBytes();
        uint value = ((uint)bytes[0] << 24) | ((uint)bytes[1] << 16) | ((uint)bytes[2] << 8) | bytes[3];
        uint masked = length == 0 ? 0 : value & (uint.MaxValue << (32 - length));
        return FormattableString.Invariant($"{masked >> 24}.{(masked >> 16) & 255}.{(masked >> 8) & 255}.{masked & 255}/{length}");
    }

    private static bool IsPrefixLength(string text, int least) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int length)
        && length >= least
        && length <= 32
        && string.Equals(length.ToString(CultureInfo.InvariantCulture), text, StringComparison.Ordinal);
}
