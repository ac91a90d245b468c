# Draws stolen-panels.svg from stolen-panels.csv; gnuplot -e "format='png'" stolen-panels.gnuplot draws stolen-panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,960 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,384 font 'DejaVu Sans,10' background 'white'
}
set output 'stolen-panels.' . format
set datafile separator comma
set multiplot
set label 1 'Network stolen through positive masks; window'."\n".'-250 to 750 HU' at screen 0.5,0.96875 center font ',10'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:64.0-0.5]
set yrange [64.0-0.5:-0.5]
set lmargin at screen 0.016667
set rmargin at screen 0.32222
set bmargin at screen 0.53125
set tmargin at screen 0.81771
set label 2 'low dose' at screen 0.16944,0.83594 center font ',9'
set cbrange [-250.0:750.0]
set label 3 '45.68 dB' at screen 0.16944,0.51042 center font ',8'
set colorbox horizontal user origin screen 0.072222,0.052083 size screen 0.46667,0.015625
set cbtics ('-250' -250.0, '0' -0.0, '500' 500.0, '750' 750.0) scale 0.3 offset 0,0.6 font ',8'
set label 4 'HU' at screen 0.55556,0.059896 left font ',8'
plot 'stolen-panels.csv' index 0 matrix with image
unset label
set lmargin at screen 0.34444
set rmargin at screen 0.65000
set bmargin at screen 0.53125
set tmargin at screen 0.81771
set label 2 'true network' at screen 0.49722,0.83594 center font ',9'
set cbrange [-250.0:750.0]
set label 3 '47.09 dB' at screen 0.49722,0.51042 center font ',8'
unset colorbox
plot 'stolen-panels.csv' index 1 matrix with image
unset label
set lmargin at screen 0.67222
set rmargin at screen 0.97778
set bmargin at screen 0.53125
set tmargin at screen 0.81771
set label 2 'stolen network' at screen 0.82500,0.83594 center font ',9'
set cbrange [-250.0:750.0]
set label 3 '41.03 dB' at screen 0.82500,0.51042 center font ',8'
unset colorbox
plot 'stolen-panels.csv' index 2 matrix with image
unset label
set lmargin at screen 0.016667
set rmargin at screen 0.32222
set bmargin at screen 0.12500
set tmargin at screen 0.41146
set label 2 'normal dose' at screen 0.16944,0.42969 center font ',9'
set cbrange [-250.0:750.0]
unset colorbox
plot 'stolen-panels.csv' index 3 matrix with image
unset label
set lmargin at screen 0.34444
set rmargin at screen 0.65000
set bmargin at screen 0.12500
set tmargin at screen 0.41146
set label 2 'stolen network -'."\n".'true network' at screen 0.49722,0.46615 center font ',9'
set cbrange [-20.0:20.0]
set colorbox horizontal user origin screen 0.65556,0.052083 size screen 0.26667,0.015625
set cbtics ('-20' -20.0, '-10' -10.0, '0' 0.0, '10' 10.0, '20' 20.0) scale 0.3 offset 0,0.6 font ',8'
set label 4 'HU' at screen 0.93889,0.059896 left font ',8'
plot 'stolen-panels.csv' index 4 matrix with image
unset label
unset multiplot
