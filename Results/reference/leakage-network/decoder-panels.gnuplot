# Draws decoder-panels.svg from decoder-panels.csv; gnuplot -e "format='png'" decoder-panels.gnuplot draws decoder-panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,685 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,274 font 'DejaVu Sans,10' background 'white'
}
set output 'decoder-panels.' . format
set datafile separator comma
set multiplot
set label 1 'Decoder of features without masks; window'."\n".'-1024 to 1500 HU' at screen 0.5,0.95620 center font ',10'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:64.0-0.5]
set yrange [64.0-0.5:-0.5]
set lmargin at screen 0.016667
set rmargin at screen 0.48889
set bmargin at screen 0.17518
set tmargin at screen 0.79562
set label 2 'original' at screen 0.25278,0.82117 center font ',9'
set cbrange [-1024.0:1500.0]
set colorbox horizontal user origin screen 0.072222,0.072993 size screen 0.85556,0.021898
set cbtics ('-1024' -1024.0, '0' 0.0, '1000' 1000.0, '1500' 1500.0) scale 0.3 offset 0,0.6 font ',8'
set label 4 'HU' at screen 0.94444,0.083942 left font ',8'
plot 'decoder-panels.csv' index 0 matrix with image
unset label
set lmargin at screen 0.51111
set rmargin at screen 0.98333
set bmargin at screen 0.17518
set tmargin at screen 0.79562
set label 2 'decoded' at screen 0.74722,0.82117 center font ',9'
set cbrange [-1024.0:1500.0]
set label 3 '37.32 dB' at screen 0.74722,0.14599 center font ',8'
unset colorbox
plot 'decoder-panels.csv' index 1 matrix with image
unset label
unset multiplot
